/*
 * Where the Avro file of a dataset part goes and from where it is read back: the caller's.
 */
#ifndef CORE_DATASET_SINK_H
#define CORE_DATASET_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both return false on failure, which ends what is being done. A sink that is only read may have no
 * `write`. `read` is only asked for bytes that were written. */
struct dataset_sink {
    bool (*write)(void *context, const void *data, size_t len);
    bool (*read)(void *context, uint64_t offset, void *data, size_t len);
    void *context;
};

#endif
