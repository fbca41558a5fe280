// Decodes parts of JPEG pictures with libjpeg-turbo.
//
// Here and not in Swift because libjpeg leaves a function in which it finds an error by longjmp, which Swift cannot do,
// and because TurboJPEG's own interface, which can be called from Swift, decodes whole pictures only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A decoder: one picture after the other, from one thread at a time.
typedef struct ts_jpeg ts_jpeg;

/// Null where there is no memory.
ts_jpeg *_Nullable ts_jpeg_create(void);
void ts_jpeg_destroy(ts_jpeg *jpeg);

/// Of a picture, as its header says it.
typedef struct {
    uint32_t width, height;
    /// Bytes of a pixel that `ts_jpeg_decode` writes: 3 for red, green, blue (of grey pictures too), 4 for CMYK.
    uint32_t channels;
    /// What libjpeg keeps of the whole picture while it decodes one with several scans.
    uint64_t coefficient_bytes;
} ts_jpeg_header;

/// Whether decoding shall end early. `context` is what was given beside it.
typedef bool (*ts_jpeg_is_cancelled)(const void *_Nullable context);

/// Begins a picture. `bytes` must stay where they are until `ts_jpeg_decode` has ended.
///
/// False where it is none; `ts_jpeg_message` says why.
bool ts_jpeg_begin(ts_jpeg *jpeg, const uint8_t *bytes, size_t byte_count, ts_jpeg_header *header);

/// Decodes a rectangle of the picture that was begun, and ends it.
///
/// `eighths` is 8 for the picture's own size, or 4, 2 or 1 for one that is so many eighths as large (rounded up);
/// the rectangle counts in pixels of that size and lies inside. Every pixel has the value that it has in the whole
/// picture. With `to_end` what is below the rectangle is read too, so that damage shows there as well.
///
/// `is_cancelled` is asked for each row that is written, and as often while nothing is written yet.
///
/// False where the data is damaged or cut short, be it ever so little; `ts_jpeg_message` has libjpeg's words. Oddities
/// that lose nothing of the picture, such as stray bytes in the header or up to 16 of them before the mark of its end, are
/// no damage. (More are what overwritten data has left.) What stands behind the last row is read where the rectangle ends
/// there. False, too, where it was cancelled.
bool ts_jpeg_decode(
    ts_jpeg *jpeg, uint32_t eighths, uint32_t x, uint32_t y, uint32_t width, uint32_t height, bool to_end,
    uint8_t *pixels, ts_jpeg_is_cancelled is_cancelled, const void *_Nullable context);

/// Fills a buffer with the bytes that follow, and says how many came; 0 at the end.
typedef size_t (*ts_jpeg_read)(void *_Nullable context, uint8_t *buffer, size_t byte_count);

/// Where a picture is damaged.
typedef struct {
    /// Where the data of its pixels begins.
    uint64_t scan_offset;
    /// All rows were decoded, and the data goes on behind the last one: somewhere it was not understood.
    bool is_behind_rows;
} ts_jpeg_damage;

/// Reads a picture to its end, and keeps nothing of it.
///
/// True where nothing is wrong, where its header cannot be read, and where it has several scans, because decoders read all
/// of these before they give a row. False where it is damaged, as `ts_jpeg_decode` finds it, and where it was cancelled. All
/// rows are there where nothing but the mark of the end is missing.
bool ts_jpeg_check(
    ts_jpeg *jpeg, ts_jpeg_read read, void *_Nullable context, ts_jpeg_is_cancelled _Nullable is_cancelled,
    const void *_Nullable cancellation, ts_jpeg_damage *damage);

/// What was wrong with the last picture; never null.
const char *ts_jpeg_message(const ts_jpeg *jpeg);

#pragma clang assume_nonnull end
