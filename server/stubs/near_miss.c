#include "stubs/near_miss.h"

struct near_stubs near_stubs_find(const struct stub_list *list, struct match_request *request)
{
    struct near_stubs near = {.count = 0};

    for (size_t i = 0; list && i < list->count; i++) {
        const struct stub *stub = list->items[i];
        double distance = stub->request ? request_pattern_distance(stub->request, request) : 0;
        size_t place = near.count;

        while (place > 0 && near.items[place - 1].distance > distance)
            place--;
        if (place == NEAR_MISSES_MAX)
            continue;
        near.count += near.count < NEAR_MISSES_MAX;
        for (size_t j = near.count - 1; j > place; j--)
            near.items[j] = near.items[j - 1];
        near.items[place] = (struct near_stub){stub, distance};
    }
    return near;
}

struct near_calls near_calls_find(const struct journal_list *list,
                                  const struct request_pattern *pattern, bool misses_only)
{
    struct near_calls near = {.count = 0};

    for (size_t i = 0; i < list->count; i++) {
        struct match_request request;
        double distance;
        size_t place = near.count;

        journal_entry_view(list->items[i], &request);
        distance = request_pattern_distance(pattern, &request);
        match_request_done(&request);
        if (misses_only && distance == 0)
            continue;
        while (place > 0 && near.items[place - 1].distance > distance)
            place--;
        if (place == NEAR_MISSES_MAX)
            continue;
        near.count += near.count < NEAR_MISSES_MAX;
        for (size_t j = near.count - 1; j > place; j--)
            near.items[j] = near.items[j - 1];
        near.items[place] = (struct near_call){list->items[i], distance};
    }
    return near;
}
