#include "core/label_table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "core/dataset_messages.h"

enum { SLOTS = 2048, LABELS_FIRST = 16 };

_Static_assert((int)LABELS_MAX < (int)SLOTS, "a search ends at a free slot");

void label_table_done(struct label_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        buf_done(&table->items[i].name);
        for (size_t k = 0; k < LABEL_SAMPLES_MAX; k++)
            buf_done(&table->items[i].samples[k]);
    }
    free(table->items);
    free(table->slots);
    *table = (struct label_table){.seed = table->seed};
}

/* Find the slot of a label, or the free one where it would go. */
static size_t slot_of(const struct label_table *table, struct text name)
{
    size_t at = (size_t)hash64(name, table->seed) % SLOTS;

    while (table->slots[at] && !text_eq(buf_text(&table->items[table->slots[at] - 1].name), name))
        at = (at + 1) % SLOTS;
    return at;
}

struct label *label_table_find(const struct label_table *table, struct text name)
{
    size_t number = table->slots ? table->slots[slot_of(table, name)] : 0;

    return number ? &table->items[number - 1] : NULL;
}

static bool make_room(struct label_table *table)
{
    if (!table->slots)
        table->slots = calloc(SLOTS, sizeof(*table->slots));
    if (!table->slots)
        return false;
    if (!table->items || table->count == table->size) {
        size_t size = table->size ? table->size * 2 : LABELS_FIRST;
        struct label *items = realloc(table->items, size * sizeof(*items));

        if (!items)
            return false;
        table->items = items;
        table->size = size;
    }
    return true;
}

static struct label *add_label(struct label_table *table, struct text name)
{
    struct label *label;

    assert(table->count < LABELS_MAX);
    if (!make_room(table))
        return NULL;
    label = &table->items[table->count];
    *label = (struct label){0};
    buf_add_text(&label->name, name);
    if (label->name.failed) {
        buf_done(&label->name);
        return NULL;
    }
    table->slots[slot_of(table, name)] = (uint16_t)(table->count + 1);
    table->count++;
    return label;
}

bool label_table_count(struct label_table *table, struct text name, struct text text)
{
    struct label *label = label_table_find(table, name);

    if (!label)
        label = add_label(table, name);
    if (!label)
        return false;
    label->rows++;
    if (label->sample_count < LABEL_SAMPLES_MAX) {
        struct buf *sample = &label->samples[label->sample_count++];

        message_add_quoted(sample, text, LABEL_SAMPLE_LEN_MAX);
        return !sample->failed;
    }
    return true;
}
