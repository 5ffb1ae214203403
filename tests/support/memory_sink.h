/*
 * A sink for Avro files that keeps them in memory, and fails when told to.
 */
#ifndef SUPPORT_MEMORY_SINK_H
#define SUPPORT_MEMORY_SINK_H

#include <string.h>

#include "base/buf.h"
#include "core/dataset_sink.h"

struct memory_file {
    struct buf bytes;
    size_t calls_left; /* with `limited`: calls that succeed before all fail */
    bool limited;
    size_t reads;
};

static inline bool memory_file_may(struct memory_file *file)
{
    return !file->limited || (file->calls_left > 0 && file->calls_left--);
}

static inline bool memory_file_write(void *context, const void *data, size_t len)
{
    struct memory_file *file = context;

    if (!memory_file_may(file))
        return false;
    buf_add(&file->bytes, data, len);
    return !file->bytes.failed;
}

static inline bool memory_file_read(void *context, uint64_t offset, void *data, size_t len)
{
    struct memory_file *file = context;

    file->reads++;
    if (!memory_file_may(file) || offset > file->bytes.len || len > file->bytes.len - offset)
        return false;
    memcpy(data, file->bytes.data + offset, len);
    return true;
}

static inline struct dataset_sink memory_sink(struct memory_file *file)
{
    return (struct dataset_sink){memory_file_write, memory_file_read, file};
}

#endif
