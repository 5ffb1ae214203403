#include "core/base_model.h"

#include "base/attr.h"

/* clang-format off */
/* By their numbers, from 1 on: 0 is BASE_TYPE_UNSPECIFIED. */
static const struct base_type base_types[] = {
    {
        .name = "BASE_TYPE_GENERATIVE",
        .kind = BASE_GENERATIVE,
        .model = "medium", .version = "14.2.0", .strategy = "STRATEGY_TFEW",
        .has_defaults = true,
    },
    {
        .name = "BASE_TYPE_CLASSIFICATION",
        .kind = BASE_CLASSIFICATION,
        .model = "", .version = "", .strategy = "",
    },
    {
        .name = "BASE_TYPE_RERANK",
        .kind = BASE_RERANK,
        .model = "english", .version = "2.0.0", .strategy = "STRATEGY_VANILLA",
        .models = "english, multilingual",
    },
    {
        .name = "BASE_TYPE_CHAT",
        .kind = BASE_CHAT,
        .model = "medium", .version = "14.2.0", .strategy = "STRATEGY_TFEW",
        .has_defaults = true,
        .has_wandb = true,
    },
};

/* Ranges of lora_alpha and lora_rank are ours: what an int32 above zero holds. */
#define LORA                                                                                       \
    {"lora_alpha", true, 1, 2147483647, "1 and 2147483647", 0},                                    \
    {"lora_rank",  true, 1, 2147483647, "1 and 2147483647", 0}

static const struct hyperparameter chat_hyperparameters[] = {
    {"early_stopping_patience",  true,  0,       10,  "0 and 10",        10},
    {"early_stopping_threshold", false, 0.001,   0.1, "0.001 and 0.1",   0.001},
    {"train_batch_size",         true,  2,       16,  "2 and 16",        16},
    {"train_epochs",             true,  1,       10,  "1 and 10",        1},
    {"learning_rate",            false, 0.00005, 0.1, "0.00005 and 0.1", 0.01},
    LORA,
};

static const struct hyperparameter generative_hyperparameters[] = {
    {"early_stopping_patience",  true,  0,        10,  "0 and 10",         6},
    {"early_stopping_threshold", false, 0,        0.1, "0 and 0.1",        0.01},
    {"train_batch_size",         true,  2,        16,  "2 and 16",         16},
    {"train_epochs",             true,  1,        10,  "1 and 10",         1},
    {"learning_rate",            false, 0.000005, 0.1, "0.000005 and 0.1", 0.01},
    LORA,
};
/* clang-format on */

static const char *const lora_target_modules[] = {
    "LORA_TARGET_MODULES_UNSPECIFIED",
    "LORA_TARGET_MODULES_QV",
    "LORA_TARGET_MODULES_QKVO",
    "LORA_TARGET_MODULES_QKVO_FFN",
};

const struct base_type *base_type_find(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(base_types); i++)
        if (text_eq(text_of(base_types[i].name), name))
            return &base_types[i];
    return NULL;
}

/* The index of a number in a table of so many rows; `count` if it has none. */
static size_t index_of(double number, size_t count)
{
    size_t index = number >= 0 && number < (double)count ? (size_t)number : count;

    /* One with a fraction is none. */
    return number > (double)index || number < (double)index ? count : index;
}

const struct base_type *base_type_numbered(double number)
{
    size_t index = index_of(number - 1, ARRAY_LEN(base_types));

    return index < ARRAY_LEN(base_types) ? &base_types[index] : NULL;
}

bool base_type_has_model(const struct base_type *base, const char *model)
{
    struct text rest = text_of(base->models);

    if (!base->models)
        return true;
    while (rest.data)
        if (text_eq(text_trim(text_cut(&rest, ',')), text_of(model)))
            return true;
    return false;
}

const struct hyperparameter *base_type_hyperparameters(const struct base_type *base, size_t *count)
{
    if (base->kind == BASE_GENERATIVE) {
        *count = ARRAY_LEN(generative_hyperparameters);
        return generative_hyperparameters;
    }
    *count = ARRAY_LEN(chat_hyperparameters);
    return chat_hyperparameters;
}

const char *lora_target_modules_find(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(lora_target_modules); i++)
        if (text_eq(text_of(lora_target_modules[i]), name))
            return lora_target_modules[i];
    return NULL;
}

const char *lora_target_modules_numbered(double number)
{
    size_t index = index_of(number, ARRAY_LEN(lora_target_modules));

    return index < ARRAY_LEN(lora_target_modules) ? lora_target_modules[index] : NULL;
}

bool is_unspecified(const char *enum_name)
{
    return text_has_suffix(text_of(enum_name), TEXT("_UNSPECIFIED"));
}
