#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

enum { PIECE = 4096 };

static int read_all(int fd, struct buffer *content)
{
    for (;;) {
        size_t left = content->max - content->size;
        size_t piece = left > 0 && left < PIECE ? left : PIECE;
        unsigned char *room = buffer_reserve(content, piece);
        ssize_t n;

        if (!room)
            return buffer_status(content);

        n = read(fd, room, piece);
        if (n == 0)
            return 0;

        if (n < 0 && errno != EINTR)
            return -errno;

        if (n > 0)
            buffer_commit(content, (size_t)n);
    }
}

int file_read(const char *path, size_t max, struct buffer *content)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? -errno : 0;

    buffer_init(content, max + 1); /* one more tells that there is more */
    if (fd < 0)
        return error;

    error = read_all(fd, content);
    (void)close(fd);
    if (error == 0 && content->size > max)
        error = -EMSGSIZE;

    if (error != 0)
        buffer_dispose(content);

    return error;
}
