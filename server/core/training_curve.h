/*
 * The steps of a training at which it is measured, and, for what is not really trained, figures
 * that look as if it were: ours, and a function of the model's id and of nothing else.
 */
#ifndef CORE_TRAINING_CURVE_H
#define CORE_TRAINING_CURVE_H

#include <stddef.h>
#include <stdint.h>

enum { TRAINING_STEPS_MAX = 11 };

/*
 * Spread measurements over a training of so many examples: step 0, which is before it, then at most
 * ten at even distances, the last after the last batch. Writes the numbers of the steps and returns
 * how many there are, at least two.
 */
size_t training_steps(int64_t examples, int64_t batch_size, int64_t epochs,
                      int64_t out[TRAINING_STEPS_MAX]);

/* Loss falls, accuracy rises, both fast at first; neither is smooth. */
struct curve_values {
    float accuracy, cross_entropy;     /* of chat */
    float precision, recall, f1, loss; /* with `accuracy`, of a classification */
};

/* The figures at step `index` of `count`, for the model with this `seed`. */
struct curve_values training_curve_at(uint64_t seed, size_t index, size_t count);

#endif
