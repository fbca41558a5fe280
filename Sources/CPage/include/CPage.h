#ifndef CPAGE_H
#define CPAGE_H

#include <stddef.h>

/// A file that is part of the program.
struct PageFile {
    const char *name;
    const unsigned char *bytes;
    size_t byteCount;
};

/// The page's files and the API's description; behind the last one comes one without a name.
const struct PageFile *pageFiles(void);

#endif
