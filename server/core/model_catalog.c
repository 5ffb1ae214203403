#include "core/model_catalog.h"

#include "base/attr.h"

#define TEXT_MODEL (ENDPOINT_GENERATE | ENDPOINT_CHAT | ENDPOINT_SUMMARIZE)
#define EMBED_MODEL (ENDPOINT_EMBED | ENDPOINT_CLASSIFY)

/* Which models are an endpoint's default is ours, and so is what the v2.0 models reserve. */
/* clang-format off */
const struct catalog_model model_catalog[] = {
    {"command-a-03-2025",             ENDPOINT_CHAT,   ENDPOINT_CHAT,   {256000, 0}, NULL,             NULL},
    {"command-r7b-12-2024",           ENDPOINT_CHAT,   0,               {128000, 0}, NULL,             NULL},
    {"command-r-plus-08-2024",        TEXT_MODEL,      0,               {128000, 0}, NULL,             NULL},
    {"command-r-plus-04-2024",        TEXT_MODEL,      0,               {128000, 0}, NULL,             NULL},
    {"command-r-plus",                TEXT_MODEL,      0,               {128000, 0}, NULL,             NULL},
    {"command-r-08-2024",             TEXT_MODEL,      0,               {128000, 0}, NULL,             NULL},
    {"command-r-03-2024",             TEXT_MODEL,      0,               {128000, 0}, NULL,             NULL},
    {"command-r",                     TEXT_MODEL,      0,               {128000, 0}, NULL,             NULL},
    {"embed-v4.0",                    ENDPOINT_EMBED,  ENDPOINT_EMBED,  {128000, 0}, NULL,             NULL},
    {"embed-english-v3.0",            EMBED_MODEL,     0,               {512, 0},    NULL,             NULL},
    {"embed-english-light-v3.0",      EMBED_MODEL,     0,               {512, 0},    NULL,             NULL},
    {"embed-multilingual-v3.0",       EMBED_MODEL,     0,               {512, 0},    NULL,             NULL},
    {"embed-multilingual-light-v3.0", EMBED_MODEL,     0,               {512, 0},    NULL,             NULL},
    {"rerank-v4.0-pro",               ENDPOINT_RERANK, 0,               {32768, 4},  NULL,             "multilingual"},
    {"rerank-v4.0-fast",              ENDPOINT_RERANK, 0,               {32768, 4},  NULL,             "multilingual"},
    {"rerank-v3.5",                   ENDPOINT_RERANK, ENDPOINT_RERANK, {4096, 3},   NULL,             "multilingual"},
    {"rerank-english-v3.0",           ENDPOINT_RERANK, 0,               {4096, 3},   NULL,             "english"},
    {"rerank-multilingual-v3.0",      ENDPOINT_RERANK, 0,               {4096, 3},   NULL,             "multilingual"},
    {"rerank-english-v2.0",           ENDPOINT_RERANK, 0,               {512, 2},    "April 30, 2025", "english"},
    {"rerank-multilingual-v2.0",      ENDPOINT_RERANK, 0,               {512, 2},    "April 30, 2025", "multilingual"},
};
/* clang-format on */

const size_t model_catalog_count = ARRAY_LEN(model_catalog);

static const struct {
    const char *name;
    enum model_endpoint endpoint;
} endpoint_names[] = {
    {"generate", ENDPOINT_GENERATE}, {"chat", ENDPOINT_CHAT},     {"summarize", ENDPOINT_SUMMARIZE},
    {"embed", ENDPOINT_EMBED},       {"rerank", ENDPOINT_RERANK}, {"classify", ENDPOINT_CLASSIFY},
    {"rate", ENDPOINT_RATE},
};

const struct catalog_model *model_catalog_find(struct text name)
{
    for (size_t i = 0; i < model_catalog_count; i++)
        if (text_eq(text_of(model_catalog[i].name), name))
            return &model_catalog[i];
    return NULL;
}

const struct catalog_model *model_catalog_rerank_base(struct text name)
{
    bool is_english = text_eq(name, TEXT("english"));

    return model_catalog_find(is_english ? TEXT("rerank-english-v2.0")
                                         : TEXT("rerank-multilingual-v2.0"));
}

const char *model_endpoint_name(unsigned endpoints, size_t i)
{
    for (size_t at = 0; at < ARRAY_LEN(endpoint_names); at++)
        if (endpoints & endpoint_names[at].endpoint && i-- == 0)
            return endpoint_names[at].name;
    return NULL;
}

bool model_endpoint_read(struct text name, unsigned *out)
{
    for (size_t i = 0; i < ARRAY_LEN(endpoint_names); i++) {
        if (text_eq(text_of(endpoint_names[i].name), name)) {
            *out = endpoint_names[i].endpoint;
            return true;
        }
    }
    return false;
}
