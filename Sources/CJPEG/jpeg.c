#include "jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// Each more than any picture needs that is none to do harm. libjpeg holds all coefficients of a progressive picture.
enum { coefficient_bytes_limit = 1 << 30, scan_limit = 500 };
// A scan that changes nothing takes a few bytes for millions of pixels, and libjpeg visits them all.
static const uint64_t scanned_pixel_limit = 1ull << 33;
// Rows that are passed over between two looks whether decoding shall end.
enum { skipped_rows = 1024 };
// Stray bytes before the mark of the end that lose nothing: cameras leave one or two. A decoder that has lost its way in
// overwritten data finds the last pixels too early and leaves the rest of the data. Where we zeroed 512 bytes of two photographs, at
// 100 places each, that was from 17 to 64 bytes at a third of the places.
enum { stray_bytes_limit = 16 };
// Bytes of a stream that are read at once.
enum { piece_bytes = 1 << 16 };

struct ts_jpeg {
    struct jpeg_decompress_struct decompressor;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf on_error;
    bool is_in_header;
    ts_jpeg_is_cancelled is_cancelled;
    const void *context;
    char message[JMSG_LENGTH_MAX];
};

static ts_jpeg *owner(j_common_ptr info) { return info->client_data; }

static _Noreturn void fail(j_common_ptr info) {
    info->err->format_message(info, owner(info)->message);
    longjmp(owner(info)->on_error, 1);
}

// Whether a warning is of something that is odd and loses nothing of the picture.
static bool is_harmless(j_common_ptr info) {
    switch (info->err->msg_code) {
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    // A picture of one scan that says it is a part of several, and is decoded as what it is.
    case JWRN_NOT_SEQUENTIAL:
        return true;
    // Bytes that are passed over to the next marker: how many, and which. Cameras and editors leave some before the first
    // scan and a few behind the last one; many there, or any before another marker, are the rest of a scan that was not
    // understood.
    case JWRN_EXTRANEOUS_DATA:
        if (owner(info)->is_in_header) return true;
        return info->err->msg_parm.i[1] == JPEG_EOI && info->err->msg_parm.i[0] <= stray_bytes_limit;
    default:
        return false;
    }
}

// libjpeg warns of damage and goes on with grey pixels. A learner would take them for the picture.
static void on_message(j_common_ptr info, int level) {
    if (level < 0 && !is_harmless(info)) fail(info);
}

static _Noreturn void give_up(ts_jpeg *jpeg, const char *reason) {
    snprintf(jpeg->message, sizeof jpeg->message, "%s", reason);
    longjmp(jpeg->on_error, 1);
}

static void end_if_cancelled(ts_jpeg *jpeg) {
    if (jpeg->is_cancelled && jpeg->is_cancelled(jpeg->context)) give_up(jpeg, "interrupted");
}

static void on_progress(j_common_ptr info) {
    if (!info->is_decompressor) return;
    j_decompress_ptr decompressor = (j_decompress_ptr)info;
    uint64_t scans = decompressor->input_scan_number;
    uint64_t pixels = (uint64_t)decompressor->image_width * decompressor->image_height;
    if (scans > scan_limit || scans * pixels > scanned_pixel_limit) {
        give_up(owner(info), "it has more scans than a picture of its size needs");
    }
    end_if_cancelled(owner(info));
}

ts_jpeg *ts_jpeg_create(void) {
    ts_jpeg *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg) return NULL;
    struct jpeg_decompress_struct *info = &jpeg->decompressor;
    info->err = jpeg_std_error(&jpeg->errors);
    jpeg->errors.error_exit = fail;
    jpeg->errors.emit_message = on_message;
    jpeg->progress.progress_monitor = on_progress;
    info->client_data = jpeg;
    if (setjmp(jpeg->on_error)) {
        ts_jpeg_destroy(jpeg);
        return NULL;
    }
    // Keeps client_data and err.
    jpeg_create_decompress(info);
    info->progress = &jpeg->progress;
    info->mem->max_memory_to_use = coefficient_bytes_limit;
    return jpeg;
}

void ts_jpeg_destroy(ts_jpeg *jpeg) {
    jpeg_destroy_decompress(&jpeg->decompressor);
    free(jpeg);
}

static uint64_t coefficient_bytes(struct jpeg_decompress_struct *info) {
    if (!jpeg_has_multiple_scans(info)) return 0;
    uint64_t blocks = 0;
    for (int component = 0; component < info->num_components; component++) {
        const jpeg_component_info *part = &info->comp_info[component];
        blocks += (uint64_t)part->width_in_blocks * part->height_in_blocks;
    }
    return blocks * sizeof(JBLOCK);
}

bool ts_jpeg_begin(ts_jpeg *jpeg, const uint8_t *bytes, size_t byte_count, ts_jpeg_header *header) {
    struct jpeg_decompress_struct *info = &jpeg->decompressor;
    if (setjmp(jpeg->on_error)) {
        jpeg_abort_decompress(info);
        return false;
    }
    jpeg_abort_decompress(info);
    jpeg->is_cancelled = NULL;
    jpeg_mem_src(info, bytes, byte_count);
    jpeg->is_in_header = true;
    jpeg_read_header(info, TRUE);
    jpeg->is_in_header = false;
    bool is_cmyk = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
    info->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    *header = (ts_jpeg_header){
        .width = info->image_width,
        .height = info->image_height,
        .channels = is_cmyk ? 4 : 3,
        .coefficient_bytes = coefficient_bytes(info),
    };
    return true;
}

// Reads and drops rows until `row` is the next one.
static void skip_to(struct jpeg_decompress_struct *info, JDIMENSION row) {
    while (row > info->output_scanline) {
        end_if_cancelled(owner((j_common_ptr)info));
        JDIMENSION count = row - info->output_scanline;
        jpeg_skip_scanlines(info, count < skipped_rows ? count : skipped_rows);
    }
}

bool ts_jpeg_decode(
    ts_jpeg *jpeg, uint32_t eighths, uint32_t x, uint32_t y, uint32_t width, uint32_t height, bool to_end,
    uint8_t *pixels, ts_jpeg_is_cancelled is_cancelled, const void *context) {
    struct jpeg_decompress_struct *info = &jpeg->decompressor;
    if (setjmp(jpeg->on_error)) {
        jpeg_abort_decompress(info);
        return false;
    }
    jpeg->is_cancelled = is_cancelled;
    jpeg->context = context;
    info->scale_num = eighths;
    info->scale_denom = 8;
    jpeg_start_decompress(info);
    size_t channels = info->output_components;
    // Colour is stored more coarsely and interpolated: a pixel needs its neighbours to be what it is in the whole.
    JDIMENSION margin = 2, left = x > margin ? x - margin : 0, right = x + width + margin;
    if (right > info->output_width) right = info->output_width;
    JDIMENSION read_width = right - left;
    if (read_width < info->output_width) jpeg_crop_scanline(info, &left, &read_width);
    size_t offset = (x - left) * channels, row_bytes = width * channels;
    // At an odd address: into aligned rows libjpeg-turbo writes past the cache, from which they are read right away.
    JSAMPROW line = info->mem->alloc_sarray(
        (j_common_ptr)info, JPOOL_IMAGE, info->output_width * (JDIMENSION)channels + 1, 1)[0] + 1;
    skip_to(info, y);
    for (uint32_t row = 0; row < height; row++) {
        end_if_cancelled(jpeg);
        jpeg_read_scanlines(info, &line, 1);
        memcpy(pixels + row * row_bytes, line + offset, row_bytes);
    }
    // Behind the last row, only markers are left to read.
    if (to_end || info->output_scanline == info->output_height) {
        // Skipping the last row as well would end the picture unread.
        if (info->output_scanline < info->output_height) {
            skip_to(info, info->output_height - 1);
            jpeg_read_scanlines(info, &line, 1);
        }
        jpeg_finish_decompress(info);
    } else {
        jpeg_abort_decompress(info);
    }
    return true;
}

// Hands a stream to libjpeg piece by piece.
typedef struct {
    struct jpeg_source_mgr manager;
    ts_jpeg_read read;
    void *context;
    uint64_t read_bytes;
    uint8_t piece[piece_bytes];
} stream;

static void do_nothing(j_decompress_ptr info) { (void)info; }

static boolean fill_input(j_decompress_ptr info) {
    static const uint8_t end[] = {0xFF, JPEG_EOI};
    stream *source = (stream *)info->src;
    size_t count = source->read(source->context, source->piece, piece_bytes);
    source->read_bytes += count;
    source->manager.next_input_byte = source->piece;
    source->manager.bytes_in_buffer = count;
    if (count > 0) return TRUE;
    // Where all rows have come, the mark of the end may be missing.
    if (info->output_scanline < info->output_height || info->output_height == 0) {
        WARNMS(info, JWRN_JPEG_EOF);
    }
    source->manager.next_input_byte = end;
    source->manager.bytes_in_buffer = sizeof end;
    return TRUE;
}

static void skip_input(j_decompress_ptr info, long byte_count) {
    struct jpeg_source_mgr *source = info->src;
    while (byte_count > (long)source->bytes_in_buffer) {
        byte_count -= (long)source->bytes_in_buffer;
        fill_input(info);
    }
    if (byte_count <= 0) return;
    source->next_input_byte += byte_count;
    source->bytes_in_buffer -= (size_t)byte_count;
}

bool ts_jpeg_check(
    ts_jpeg *jpeg, ts_jpeg_read read, void *context, ts_jpeg_is_cancelled is_cancelled, const void *cancellation,
    ts_jpeg_damage *damage) {
    struct jpeg_decompress_struct *info = &jpeg->decompressor;
    *damage = (ts_jpeg_damage){0};
    stream *source = calloc(1, sizeof *source);
    if (!source) {
        snprintf(jpeg->message, sizeof jpeg->message, "there is no memory");
        return false;
    }
    // The one that reads memory must be there when it is needed again.
    struct jpeg_source_mgr *usual_source = info->src;
    if (setjmp(jpeg->on_error)) {
        bool is_damaged = !jpeg->is_in_header;
        damage->is_behind_rows = info->output_height > 0 && info->output_scanline == info->output_height;
        jpeg_abort_decompress(info);
        info->src = usual_source;
        free(source);
        return !is_damaged;
    }
    jpeg_abort_decompress(info);
    source->manager.init_source = do_nothing;
    source->manager.fill_input_buffer = fill_input;
    source->manager.skip_input_data = skip_input;
    source->manager.resync_to_restart = jpeg_resync_to_restart;
    source->manager.term_source = do_nothing;
    source->read = read;
    source->context = context;
    info->src = &source->manager;
    jpeg->is_cancelled = is_cancelled;
    jpeg->context = cancellation;
    jpeg->is_in_header = true;
    info->output_height = 0;
    jpeg_read_header(info, TRUE);
    jpeg->is_in_header = false;
    damage->scan_offset = source->read_bytes - source->manager.bytes_in_buffer;
    if (!jpeg_has_multiple_scans(info)) {
        // An eighth of the size takes the least work; all data is read all the same.
        info->scale_num = 1;
        info->scale_denom = 8;
        info->out_color_space = info->jpeg_color_space;
        jpeg_start_decompress(info);
        JSAMPROW line = info->mem->alloc_sarray(
            (j_common_ptr)info, JPOOL_IMAGE, info->output_width * (JDIMENSION)info->output_components + 1, 1)[0] + 1;
        skip_to(info, info->output_height - 1);
        jpeg_read_scanlines(info, &line, 1);
        jpeg_finish_decompress(info);
    } else {
        jpeg_abort_decompress(info);
    }
    info->src = usual_source;
    free(source);
    return true;
}

const char *ts_jpeg_message(const ts_jpeg *jpeg) { return jpeg->message; }
