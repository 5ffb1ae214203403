#include "api/model_refusal.h"

int refuse_unknown_model(const struct call *call, struct response *res, struct text name)
{
    return call_error(call, res, 404,
                      "model '%.*s' not found, make sure the correct model ID was used and that "
                      "you have access to the model.",
                      TEXT_ARG(name));
}

int refuse_removed_model(const struct call *call, struct response *res,
                         const struct catalog_model *model)
{
    return call_error(call, res, 404,
                      "model '%s' was removed on %s. See "
                      "https://docs.cohere.com/docs/models#rerank for a list of models you can use "
                      "instead.",
                      model->name, model->removed_on);
}
