#include "api/model_refusal.h"

#include "api/errors.h"

int refuse_unknown_model(const struct call *call, struct response *res, struct text name)
{
    return call_error(call, res, ERROR_MODEL_UNKNOWN, TEXT_ARG(name));
}

int refuse_removed_model(const struct call *call, struct response *res,
                         const struct catalog_model *model)
{
    return call_error(call, res, ERROR_MODEL_REMOVED, model->name, model->removed_on);
}
