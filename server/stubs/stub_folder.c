#include "stubs/stub_folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/log.h"
#include "match/matcher.h"

enum { SLUG_LEN_MAX = 60 };

struct stub_folder {
    char *root;
    char *files; /* path of the bodies */
};

struct stub_folder *stub_folder_open(const char *path)
{
    struct stub_folder *out = calloc(1, sizeof(*out));
    AUTO(buf_done) struct buf files = {0};
    struct stat status;

    buf_add_format(&files, "%s/__files", path);
    if (out) {
        out->root = strdup(path);
        out->files = buf_take(&files);
    }
    if (out && out->root && out->files && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return out;
    stub_folder_close(out);
    return NULL;
}

void stub_folder_close(struct stub_folder *folder)
{
    if (!folder)
        return;
    free(folder->root);
    free(folder->files);
    free(folder);
}

const char *stub_folder_files(const struct stub_folder *folder)
{
    return folder->files;
}

static int open_mappings(const struct stub_folder *folder)
{
    AUTO(buf_done) struct buf path = {0};

    buf_add_format(&path, "%s/mappings", folder->root);
    return path.failed ? -1 : open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Finding files */

struct names {
    char **items; /* paths beneath `mappings` */
    size_t count, size;
    uint64_t state; /* of what was found */
    bool failed;
};

static void names_done(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

static void add_name(struct names *names, const char *path, const struct stat *status)
{
    uint64_t seed = (uint64_t)status->st_mtim.tv_sec * 1000000007 +
                    (uint64_t)status->st_mtim.tv_nsec + ((uint64_t)status->st_size << 20) +
                    (uint64_t)status->st_ino;
    char **larger = names->items;

    if (names->count == STUB_FOLDER_FILES_MAX) {
        names->failed = true;
        return;
    }
    if (names->count == names->size) {
        names->size = names->size * 2 + 16;
        larger = realloc(names->items, names->size * sizeof(*larger));
    }
    if (!larger) {
        names->failed = true;
        names->size = names->count;
        return;
    }
    names->items = larger;
    names->items[names->count] = strdup(path);
    names->failed = names->failed || !names->items[names->count];
    names->count += names->items[names->count] != NULL;
    /* The order in which they are found does not count. */
    names->state += hash64(text_of(path), seed);
}

/* NOLINTBEGIN(misc-no-recursion): no deeper than STUB_FOLDER_DEPTH_MAX */

static void find_in(int fd, const char *path, unsigned depth, struct names *out);

static void find_entry(int folder, const char *path, const char *name, unsigned depth,
                       struct names *out)
{
    AUTO(buf_done) struct buf full = {0};
    struct stat status;

    buf_add_format(&full, "%s%s%s", path, *path ? "/" : "", name);
    if (full.failed || name[0] == '.' || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    if (S_ISDIR(status.st_mode) && depth < STUB_FOLDER_DEPTH_MAX)
        find_in(openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), full.data,
                depth + 1, out);
    else if (S_ISREG(status.st_mode) && text_has_suffix(text_of(name), TEXT(".json")))
        add_name(out, full.data, &status);
}

/* Closes `fd`. */
static void find_in(int fd, const char *path, unsigned depth, struct names *out)
{
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    if (!folder) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    while (!out->failed && (entry = readdir(folder)))
        find_entry(dirfd(folder), path, entry->d_name, depth, out);
    (void)closedir(folder);
}

/* NOLINTEND(misc-no-recursion) */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct names find_names(const struct stub_folder *folder)
{
    struct names out = {0};

    find_in(open_mappings(folder), "", 0, &out);
    if (out.failed)
        log_error("%s/mappings: not all files are loaded: there are more than %d, or memory ran "
                  "out",
                  folder->root, STUB_FOLDER_FILES_MAX);
    if (out.count > 0)
        qsort(out.items, out.count, sizeof(*out.items), compare_names);
    return out;
}

uint64_t stub_folder_state(const struct stub_folder *folder)
{
    AUTO(names_done) struct names names = find_names(folder);

    return names.state + names.count;
}

/* Open the folder in which a file of `mappings` is, and find the file's own name. */
static int open_parent(int fd, const char *path, const char **name)
{
    const char *slash;

    for (*name = path; fd >= 0 && (slash = strchr(*name, '/')); *name = slash + 1) {
        char *step = strndup(*name, (size_t)(slash - *name));
        int next = step ? openat(fd, step, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

        free(step);
        (void)close(fd);
        fd = next;
    }
    return fd;
}

/* Loading */

/* The length of the comment that `rest` begins with; 0 if it begins with none. */
static size_t comment_len(struct text rest)
{
    bool is_line = text_has_prefix(rest, TEXT("//"));
    struct text inner = {rest.data + 2, rest.len - 2};
    size_t end;

    if (!is_line && !text_has_prefix(rest, TEXT("/*")))
        return 0;
    end = text_find(inner, is_line ? TEXT("\n") : TEXT("*/"));
    return end == inner.len || is_line ? 2 + end : 2 + end + 2;
}

/* Put blanks in place of comments, so that places stay. */
static void blank_comments(char *data, size_t len)
{
    bool is_string = false;

    for (size_t i = 0; i < len; i++) {
        size_t comment = is_string ? 0 : comment_len((struct text){data + i, len - i});

        for (size_t k = i; k < i + comment; k++)
            data[k] = data[k] == '\n' ? '\n' : ' ';
        if (comment > 0)
            i += comment - 1;
        else if (data[i] == '"')
            is_string = !is_string;
        else if (is_string && data[i] == '\\')
            i++;
    }
}

/* A file that is being loaded. */
struct loading {
    const struct stub_folder *folder;
    struct stub_set *set;
    const char *path;
};

static void report(const struct loading *loading, const char *pointer, const char *what)
{
    log_error("%s/mappings/%s: %s%s%s", loading->folder->root, loading->path, pointer,
              *pointer ? ": " : "", what);
}

static enum stub_set_result add_stub(struct stub_set *set, struct stub *stub)
{
    enum stub_set_result result = stub_set_add(set, stub);
    struct stub *other;
    bool is_from_file;

    if (result != STUB_SET_ID_TAKEN || stub_set_get(set, stub->id, &other) != STUB_SET_OK)
        return result;
    /* One that was sent, and saved, gives way to its file. */
    is_from_file = other->is_from_file;
    stub_release(other);
    return is_from_file ? result : stub_set_replace(set, stub);
}

static void load_stub(const struct loading *loading, const json_t *json, const char *prefix,
                      bool is_one_of_many)
{
    struct match_error error;
    AUTO(buf_done) struct buf pointer = {0};
    char id[UUID_SIZE];
    struct stub *stub;

    stub_set_next_id(loading->set, id);
    stub = stub_new(json, id, &error);
    if (!stub) {
        buf_add_format(&pointer, "%s%s", prefix, error.pointer);
        report(loading, pointer.failed ? "" : pointer.data, error.detail);
        return;
    }
    stub->is_from_file = true;
    stub->is_one_of_many = is_one_of_many;
    stub->file = strdup(loading->path);
    switch (stub->file ? add_stub(loading->set, stub) : STUB_SET_NO_MEMORY) {
    case STUB_SET_OK:
        return;
    case STUB_SET_ID_TAKEN:
        report(loading, prefix, "another file has a stub of the same id");
        break;
    case STUB_SET_FULL:
        report(loading, prefix, "there are as many stubs as --stubs-max says");
        break;
    case STUB_SET_NONE:
    case STUB_SET_NO_STATE:
    case STUB_SET_NO_MEMORY:
        report(loading, prefix, "out of memory");
        break;
    }
    stub_release(stub);
}

static void load_json(const struct loading *loading, struct buf *content)
{
    char why[160], pointer[40];
    json_t *json, *list;

    blank_comments(content->data, content->len);
    json = match_json_read(content->data, content->len, why, sizeof(why));
    if (!json) {
        report(loading, "", why);
        return;
    }
    list = json_object_get(json, "mappings");
    if (!list)
        load_stub(loading, json, "", false);
    else if (!json_is_array(list))
        report(loading, "/mappings", "expected a list of stub mappings");
    for (size_t i = 0; i < json_array_size(list); i++) {
        (void)snprintf(pointer, sizeof(pointer), "/mappings/%zu", i);
        load_stub(loading, json_array_get(list, i), pointer, true);
    }
    json_decref(json);
}

static void read_all(int fd, struct buf *out)
{
    char block[16384];
    ssize_t count;

    while (out->len <= STUB_FOLDER_FILE_SIZE_MAX && (count = read(fd, block, sizeof(block))) > 0)
        buf_add(out, block, (size_t)count);
}

static void load_file(const struct loading *loading)
{
    const char *name;
    int parent = open_parent(open_mappings(loading->folder), loading->path, &name);
    int fd =
        parent >= 0 ? openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
    AUTO(buf_done) struct buf content = {0};

    if (parent >= 0)
        (void)close(parent);
    if (fd < 0) {
        report(loading, "", "the file cannot be read");
        return;
    }
    read_all(fd, &content);
    (void)close(fd);
    if (content.failed || content.len > STUB_FOLDER_FILE_SIZE_MAX)
        report(loading, "",
               content.failed ? "out of memory" : "the file has more than 33554432 bytes");
    else if (content.len == 0)
        report(loading, "", "the file is empty");
    else
        load_json(loading, &content);
}

void stub_folder_load(void *folder, struct stub_set *set)
{
    AUTO(names_done) struct names names = find_names(folder);

    for (size_t i = 0; i < names.count; i++) {
        const struct loading loading = {folder, set, names.items[i]};

        load_file(&loading);
    }
}

/* Saving */

/* What a byte of a name becomes in the name of a file; NUL: nothing. */
static char slug_char(char c)
{
    if (isalnum((unsigned char)c))
        return (char)tolower((unsigned char)c);
    return (char)(c == ' ' || c == '-' || c == '/' ? '-' : '\0');
}

/* Append letters and digits, with one hyphen between words and one at the end. */
static void add_slug(struct text text, struct buf *out)
{
    size_t from = out->len;

    for (size_t i = 0; i < text.len && out->len - from < SLUG_LEN_MAX; i++) {
        char c = slug_char(text.data[i]);
        bool is_next_word = out->len == from || out->data[out->len - 1] == '-';

        if (c && (c != '-' || !is_next_word))
            buf_add_char(out, c);
    }
    if (out->len > from && out->data[out->len - 1] != '-')
        buf_add_char(out, '-');
}

/* The file of a stub: `name-id.json`, or `method-url-id.json`. */
static char *file_of(const struct stub *stub)
{
    struct buf out = {0};
    const char *method, *url;

    if (stub->file)
        return strdup(stub->file);
    method = request_pattern_method(stub->request);
    url = request_pattern_url(stub->request);
    if (stub->name)
        add_slug(text_of(stub->name), &out);
    else {
        add_slug(text_of(method ? method : "any"), &out);
        add_slug(text_of(url), &out);
    }
    buf_add_format(&out, "%s.json", stub->id);
    return buf_take(&out);
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t count = write(fd, data, len);

        if (count < 0 && errno != EINTR)
            return false;
        data += count > 0 ? count : 0;
        len -= count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Write beside, and then into place: who reads sees the old file or the new one. */
static bool write_file(int parent, const char *name, const char *text)
{
    AUTO(buf_done) struct buf beside = {0};
    bool ok;
    int fd;

    buf_add_format(&beside, ".%s.%ld", name, (long)getpid());
    if (beside.failed)
        return false;
    fd = openat(parent, beside.data, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    ok = write_all(fd, text, strlen(text)) && write_all(fd, "\n", 1);
    ok = close(fd) == 0 && ok;
    ok = ok && renameat(parent, beside.data, parent, name) == 0;
    if (!ok)
        (void)unlinkat(parent, beside.data, 0);
    return ok;
}

/* What is saved is persistent: to delete it is to delete its file. */
static char *text_of_stub(const struct stub *stub)
{
    json_t *copy = json_copy(stub->json);
    char *text = NULL;

    if (copy && json_object_set_new(copy, "persistent", json_true()) == 0)
        text = json_dumps(copy, JSON_INDENT(2));
    json_decref(copy);
    return text;
}

bool stub_folder_save(const struct stub_folder *folder, const struct stub *stub)
{
    AUTO(buf_done) struct buf path = {0};
    char *file, *text;
    const char *name;
    int parent;
    bool ok;

    if (stub->is_one_of_many)
        return true;
    buf_add_format(&path, "%s/mappings", folder->root);
    if (!path.failed)
        (void)mkdir(path.data, 0777);
    file = file_of(stub);
    text = text_of_stub(stub);
    parent = file ? open_parent(open_mappings(folder), file, &name) : -1;
    ok = text && parent >= 0 && write_file(parent, name, text);
    if (!ok)
        log_error("%s/mappings/%s cannot be written", folder->root, file ? file : "");
    if (parent >= 0)
        (void)close(parent);
    free(file);
    free(text);
    return ok;
}

void stub_folder_remove(const struct stub_folder *folder, const struct stub *stub)
{
    const char *name;
    char *file;
    int parent;

    if (!folder || !stub->is_persistent || stub->is_one_of_many)
        return;
    file = file_of(stub);
    parent = file ? open_parent(open_mappings(folder), file, &name) : -1;
    if (parent >= 0 && unlinkat(parent, name, 0) < 0 && errno != ENOENT)
        log_error("%s/mappings/%s cannot be removed", folder->root, file);
    if (parent >= 0)
        (void)close(parent);
    free(file);
}
