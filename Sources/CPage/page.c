// The bytes of the service's page. In C, because Swift takes seconds to compile an array of some thousand numbers, and
// clang's #embed takes none.
#include "CPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char api_js[] = {
#embed "../Service/Page/api.js"
};
static const unsigned char app_js[] = {
#embed "../Service/Page/app.js"
};
static const unsigned char boxes_js[] = {
#embed "../Service/Page/boxes.js"
};
static const unsigned char charts_js[] = {
#embed "../Service/Page/charts.js"
};
static const unsigned char choose_js[] = {
#embed "../Service/Page/choose.js"
};
static const unsigned char crops_js[] = {
#embed "../Service/Page/crops.js"
};
static const unsigned char dom_js[] = {
#embed "../Service/Page/dom.js"
};
static const unsigned char draw_js[] = {
#embed "../Service/Page/draw.js"
};
static const unsigned char filter_js[] = {
#embed "../Service/Page/filter.js"
};
static const unsigned char grid_js[] = {
#embed "../Service/Page/grid.js"
};
static const unsigned char index_html[] = {
#embed "../Service/Page/index.html"
};
static const unsigned char labels_js[] = {
#embed "../Service/Page/labels.js"
};
static const unsigned char learning_js[] = {
#embed "../Service/Page/learning.js"
};
static const unsigned char matrix_js[] = {
#embed "../Service/Page/matrix.js"
};
static const unsigned char models_js[] = {
#embed "../Service/Page/models.js"
};
static const unsigned char page_css[] = {
#embed "../Service/Page/page.css"
};
static const unsigned char photographs_js[] = {
#embed "../Service/Page/photographs.js"
};
static const unsigned char predict_js[] = {
#embed "../Service/Page/predict.js"
};
static const unsigned char project_js[] = {
#embed "../Service/Page/project.js"
};
static const unsigned char projects_js[] = {
#embed "../Service/Page/projects.js"
};
static const unsigned char result_js[] = {
#embed "../Service/Page/result.js"
};
static const unsigned char runs_js[] = {
#embed "../Service/Page/runs.js"
};
static const unsigned char scan_js[] = {
#embed "../Service/Page/scan.js"
};
static const unsigned char scans_js[] = {
#embed "../Service/Page/scans.js"
};
static const unsigned char scene_js[] = {
#embed "../Service/Page/scene.js"
};
static const unsigned char scenes_js[] = {
#embed "../Service/Page/scenes.js"
};
static const unsigned char shapes_js[] = {
#embed "../Service/Page/shapes.js"
};
static const unsigned char surroundings_js[] = {
#embed "../Service/Page/surroundings.js"
};
static const unsigned char tiles_js[] = {
#embed "../Service/Page/tiles.js"
};
static const unsigned char viewer_js[] = {
#embed "../Service/Page/viewer.js"
};
static const unsigned char openapi_json[] = {
#embed "../Service/openapi.json"
};

static const struct PageFile files[] = {
    {"api.js", api_js, sizeof api_js},
    {"app.js", app_js, sizeof app_js},
    {"boxes.js", boxes_js, sizeof boxes_js},
    {"charts.js", charts_js, sizeof charts_js},
    {"choose.js", choose_js, sizeof choose_js},
    {"crops.js", crops_js, sizeof crops_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"draw.js", draw_js, sizeof draw_js},
    {"filter.js", filter_js, sizeof filter_js},
    {"grid.js", grid_js, sizeof grid_js},
    {"index.html", index_html, sizeof index_html},
    {"labels.js", labels_js, sizeof labels_js},
    {"learning.js", learning_js, sizeof learning_js},
    {"matrix.js", matrix_js, sizeof matrix_js},
    {"models.js", models_js, sizeof models_js},
    {"page.css", page_css, sizeof page_css},
    {"photographs.js", photographs_js, sizeof photographs_js},
    {"predict.js", predict_js, sizeof predict_js},
    {"project.js", project_js, sizeof project_js},
    {"projects.js", projects_js, sizeof projects_js},
    {"result.js", result_js, sizeof result_js},
    {"runs.js", runs_js, sizeof runs_js},
    {"scan.js", scan_js, sizeof scan_js},
    {"scans.js", scans_js, sizeof scans_js},
    {"scene.js", scene_js, sizeof scene_js},
    {"scenes.js", scenes_js, sizeof scenes_js},
    {"shapes.js", shapes_js, sizeof shapes_js},
    {"surroundings.js", surroundings_js, sizeof surroundings_js},
    {"tiles.js", tiles_js, sizeof tiles_js},
    {"viewer.js", viewer_js, sizeof viewer_js},
    {"openapi.json", openapi_json, sizeof openapi_json},
    {0, 0, 0},
};

const struct PageFile *pageFiles(void) { return files; }
