/* sample_settings.h - a table with a setting of each type, for the tests of settings. */
#ifndef TESTS_BASE_SAMPLE_SETTINGS_H
#define TESTS_BASE_SAMPLE_SETTINGS_H

#include "base/settings.h"

#include <stdbool.h>

struct options {
    bool help;
    char *config;
    struct address listen;
    char *redis;
    int64_t workers;
    uint64_t max_message;
    uint64_t room_ttl;
    int anonymous;
    bool open_access;
    struct text_list origins;
    char *token_secret;
};

extern const struct settings_table table;

#endif
