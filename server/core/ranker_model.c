/*
 * From what was measured to a score.
 */
#include "core/ranker.h"

/* The model: fixed weights of a logistic regression, from RANKING.md. */
static const double model_bias = -5.8;
static const double model_weights[FEATURE_COUNT] = {
    [FEATURE_COVERAGE] = 2.6,  [FEATURE_COVERAGE_2] = 1.6, [FEATURE_FREQUENCY] = 2.0,
    [FEATURE_PROXIMITY] = 1.9, [FEATURE_PHRASE] = 1.4,     [FEATURE_BODY] = 1.6,
    [FEATURE_LENGTH] = -1.0,
};

double ranker_logit(const struct ranker_features *features)
{
    double logit = model_bias;

    for (size_t i = 0; i < FEATURE_COUNT; i++)
        logit += model_weights[i] * features->value[i];
    return logit;
}

/*
 * exp() of the C library may differ in the last bit from one version to the next. This one is the
 * series for x / 256, raised to the power of 256 by squaring: only + and *, whose results IEEE 754
 * prescribes.
 */
static double exponential(double x)
{
    double step = x * (1.0 / 256), power = 1 + step * (1.0 / 5);

    power = 1 + step * (1.0 / 4) * power;
    power = 1 + step * (1.0 / 3) * power;
    power = 1 + step * (1.0 / 2) * power;
    power = 1 + step * power;

    for (int i = 0; i < 8; i++)
        power *= power;
    return power;
}

float ranker_squash(double logit)
{
    /* Beyond this a float can't tell the score from 1. */
    static const double limit = 15;

    if (logit > limit)
        logit = limit;
    if (logit < -limit)
        logit = -limit;
    return (float)(1 / (1 + exponential(-logit)));
}
