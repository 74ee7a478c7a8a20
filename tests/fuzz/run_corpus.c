/* run_corpus.c - hands every file of a folder to the fuzz test it is linked with. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void run_file(const char *folder, const char *name)
{
    char path[4096];
    struct stat status;
    FILE *file;
    uint8_t *data;
    size_t size;

    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        errx(EXIT_FAILURE, "%s: name too long", name);
    file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status) != 0)
        err(EXIT_FAILURE, "%s", path);

    /* exactly as large as the input, so that the sanitizer sees a read past its end */
    size = (size_t)status.st_size;
    data = malloc(size ? size : 1);
    if (!data || fread(data, 1, size, file) != size)
        err(EXIT_FAILURE, "%s", path);

    LLVMFuzzerTestOneInput(data, size);

    free(data);
    (void)fclose(file);
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    int n;
    int ran = 0;

    if (argc != 2)
        errx(EXIT_FAILURE, "usage: %s CORPUS_FOLDER", argv[0]);
    n = scandir(argv[1], &entries, NULL, alphasort);
    if (n < 0)
        err(EXIT_FAILURE, "%s", argv[1]);

    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            run_file(argv[1], entries[i]->d_name);
            ran++;
        }
        free(entries[i]);
    }
    free(entries);

    if (ran == 0)
        errx(EXIT_FAILURE, "%s: nothing in it", argv[1]);
    printf("%d inputs\n", ran);

    return EXIT_SUCCESS;
}
