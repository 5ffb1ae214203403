#include "core/model_catalog.h"

#include "base/attr.h"

/* clang-format off */
static const struct catalog_model models[] = {
    {"rerank-v4.0-pro",          CATALOG_SERVED,  32768, NULL,             "multilingual"},
    {"rerank-v4.0-fast",         CATALOG_SERVED,  32768, NULL,             "multilingual"},
    {"rerank-v3.5",              CATALOG_SERVED,   4096, NULL,             "multilingual"},
    {"rerank-english-v3.0",      CATALOG_SERVED,   4096, NULL,             "english"},
    {"rerank-multilingual-v3.0", CATALOG_SERVED,   4096, NULL,             "multilingual"},
    {"rerank-english-v2.0",      CATALOG_REMOVED,   512, "April 30, 2025", "english"},
    {"rerank-multilingual-v2.0", CATALOG_REMOVED,   512, "April 30, 2025", "multilingual"},
    {"command-a-03-2025",        CATALOG_OTHER,  256000, NULL,             NULL},
    {"command-r7b-12-2024",      CATALOG_OTHER,  128000, NULL,             NULL},
    {"command-r-plus-08-2024",   CATALOG_OTHER,  128000, NULL,             NULL},
    {"command-r-08-2024",        CATALOG_OTHER,  128000, NULL,             NULL},
    {"command-r-plus",           CATALOG_OTHER,  128000, NULL,             NULL},
    {"command-r",                CATALOG_OTHER,  128000, NULL,             NULL},
    {"embed-v4.0",               CATALOG_OTHER,  128000, NULL,             NULL},
    {"embed-english-v3.0",       CATALOG_OTHER,     512, NULL,             NULL},
    {"embed-multilingual-v3.0",  CATALOG_OTHER,     512, NULL,             NULL},
};
/* clang-format on */

const struct catalog_model *model_catalog_find(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        if (text_eq(text_of(models[i].name), name))
            return &models[i];
    return NULL;
}
