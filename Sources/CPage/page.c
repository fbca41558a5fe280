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
static const unsigned char dom_js[] = {
#embed "../Service/Page/dom.js"
};
static const unsigned char filter_js[] = {
#embed "../Service/Page/filter.js"
};
static const unsigned char index_html[] = {
#embed "../Service/Page/index.html"
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
static const unsigned char predict_js[] = {
#embed "../Service/Page/predict.js"
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
    {"dom.js", dom_js, sizeof dom_js},
    {"filter.js", filter_js, sizeof filter_js},
    {"index.html", index_html, sizeof index_html},
    {"matrix.js", matrix_js, sizeof matrix_js},
    {"models.js", models_js, sizeof models_js},
    {"page.css", page_css, sizeof page_css},
    {"predict.js", predict_js, sizeof predict_js},
    {"runs.js", runs_js, sizeof runs_js},
    {"scan.js", scan_js, sizeof scan_js},
    {"scans.js", scans_js, sizeof scans_js},
    {"scene.js", scene_js, sizeof scene_js},
    {"scenes.js", scenes_js, sizeof scenes_js},
    {"tiles.js", tiles_js, sizeof tiles_js},
    {"viewer.js", viewer_js, sizeof viewer_js},
    {"openapi.json", openapi_json, sizeof openapi_json},
    {0, 0, 0},
};

const struct PageFile *pageFiles(void) { return files; }
