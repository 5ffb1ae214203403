#include "core/training_curve.h"

#include "base/hash.h"

size_t training_steps(int64_t examples, int64_t batch_size, int64_t epochs,
                      int64_t out[TRAINING_STEPS_MAX])
{
    int64_t batches = (examples + batch_size - 1) / batch_size;
    int64_t last = (batches > 0 ? batches : 1) * epochs;
    size_t count = last < TRAINING_STEPS_MAX - 1 ? (size_t)last : TRAINING_STEPS_MAX - 1;

    for (size_t i = 0; i <= count; i++)
        out[i] = last * (int64_t)i / (int64_t)count;
    return count + 1;
}

/* A number from 0 to 1 that looks random, the same for the same arguments. */
static double chance(uint64_t seed, uint64_t what, size_t index)
{
    uint64_t input[2] = {what, index};
    uint64_t hash = hash64((struct text){(const char *)input, sizeof(input)}, seed);

    return (double)(hash >> 32) / 4294967296.0;
}

/* What part of its way a figure has gone, jitter included: 0 before the training. */
static double progress(uint64_t seed, uint64_t what, size_t index, size_t count)
{
    double rest = 1 - (double)index / (double)(count - 1);
    double jitter = (chance(seed, what, index) - 0.5) * 0.06;

    return index == 0 ? 0 : (1 - rest * rest * rest) * (1 + jitter * rest);
}

static double between(double from, double to, double part)
{
    return from + (to - from) * part;
}

/* A figure that goes from about `from` to about `to`, each within `spread`. */
static double figure(uint64_t seed, uint64_t what, size_t index, size_t count, const double ends[3])
{
    double from = ends[0] + ends[2] * (chance(seed, what, SIZE_MAX) - 0.5);
    double to = ends[1] + ends[2] * (chance(seed, what, SIZE_MAX - 1) - 0.5);

    return between(from, to, progress(seed, what, index, count));
}

struct curve_values training_curve_at(uint64_t seed, size_t index, size_t count)
{
    /* From, to, spread. */
    static const double accuracy_ends[] = {0.46, 0.80, 0.12}, entropy_ends[] = {4.2, 0.75, 0.3};
    static const double precision_ends[] = {0.42, 0.84, 0.1}, recall_ends[] = {0.40, 0.82, 0.1};
    static const double loss_ends[] = {1.4, 0.35, 0.2};
    double precision = figure(seed, 2, index, count, precision_ends);
    double recall = figure(seed, 3, index, count, recall_ends);

    return (struct curve_values){
        .accuracy = (float)figure(seed, 0, index, count, accuracy_ends),
        .cross_entropy = (float)figure(seed, 1, index, count, entropy_ends),
        .precision = (float)precision,
        .recall = (float)recall,
        .f1 = (float)(2 * precision * recall / (precision + recall)),
        .loss = (float)figure(seed, 4, index, count, loss_ends),
    };
}
