#include "tests/support/redis_server.h"

#include "base/random.h"
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 64, PORT_TRIES = 20, START_MS = 20000, POLL_MS = 2 };

struct redis_server {
    const char *const *options;
    pid_t pid; /* 0: not running */
    uint16_t port;
    char port_text[8];
    char url[64];
    char folder[64];
};

const char *redis_server_url(const struct redis_server *server)
{
    return server->url;
}

uint16_t redis_server_port(const struct redis_server *server)
{
    return server->port;
}

const char *redis_server_folder(const struct redis_server *server)
{
    return server->folder;
}

/* Failing a test jumps out of it: only where nothing is held that the test cannot free. */
static void must(bool done, const char *what)
{
    if (!done)
        fail_msg("redis_server: %s (errno %d)", what, errno);
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    return address;
}

/* Below the ports that the system gives to connections: while the server is down nobody else may
 * come to sit on its port by chance.  So is the port of a cluster's bus, 10,000 above. */
static uint16_t free_port(void)
{
    for (int tries = 0; tries < 100; tries++) {
        struct sockaddr_in address = loopback((uint16_t)(12000 + random_below(10000)));
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int rc;

        must(fd >= 0, "no socket");
        rc = bind(fd, (struct sockaddr *)&address, sizeof address);
        (void)close(fd);

        if (rc == 0)
            return ntohs(address.sin_port);
    }

    must(false, "no free port");

    return 0;
}

static void run(const struct redis_server *server)
{
    union { /* exec changes no word, but says char * */
        const char **arguments;
        char **words;
    } command;
    const char *arguments[MAX_ARGUMENTS] = {"redis-server",
                                            "--bind",
                                            "127.0.0.1",
                                            "--port",
                                            server->port_text,
                                            "--dir",
                                            server->folder,
                                            "--save",
                                            "",
                                            "--logfile",
                                            "redis.log",
                                            "--io-threads",
                                            "1",
                                            "--enable-debug-command",
                                            "yes",
                                            "--daemonize",
                                            "no"};
    size_t n = 0;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    while (arguments[n])
        n++;
    for (size_t i = 0; server->options && server->options[i] && n < MAX_ARGUMENTS - 1; i++)
        arguments[n++] = server->options[i];

    command.arguments = arguments;

    /* Not even a test that crashes leaves a server behind. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int fd = 0; fd <= 2; fd++)
        (void)dup2(null, fd);
    (void)execvp(arguments[0], command.words);
    _exit(127);
}

/* True when it says +PONG, or that it wants a password first: then it can be used. */
static bool answers(const struct redis_server *server)
{
    struct sockaddr_in address = loopback(server->port);
    struct timeval patience = {.tv_sec = 1};
    char answer[8] = "";
    bool yes = false;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(fd >= 0, "no socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6 && recv(fd, answer, sizeof answer - 1, 0) > 0)
        yes = strncmp(answer, "+PONG", 5) == 0 || strncmp(answer, "-NOAUTH", 7) == 0;
    (void)close(fd);

    return yes;
}

static bool has_ended(struct redis_server *server)
{
    if (waitpid(server->pid, NULL, WNOHANG) != server->pid)
        return false;

    server->pid = 0;

    return true;
}

static bool start(struct redis_server *server)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

    server->pid = fork();
    must(server->pid >= 0, "cannot fork");
    if (server->pid == 0)
        run(server);

    for (int ms = 0; ms < START_MS; ms += POLL_MS) {
        if (has_ended(server))
            return false;
        if (answers(server))
            return true;
        (void)nanosleep(&pause, NULL);
    }

    return false;
}

static void take_port(struct redis_server *server)
{
    server->port = free_port();
    (void)snprintf(server->port_text, sizeof server->port_text, "%u", (unsigned)server->port);
    (void)snprintf(server->url, sizeof server->url, "redis://127.0.0.1:%u", (unsigned)server->port);
}

void redis_server_kill(struct redis_server *server)
{
    if (server->pid == 0)
        return;

    (void)kill(server->pid, SIGKILL);
    while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    server->pid = 0;
}

static void remove_folder(const char *folder)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)execlp("rm", "rm", "-rf", "--", folder, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
}

static void dispose(struct redis_server *server)
{
    redis_server_kill(server);
    remove_folder(server->folder);
    free(server);
}

void redis_server_free(struct redis_server *server)
{
    if (server)
        dispose(server);
}

struct redis_server *redis_server_new(const char *const *options)
{
    struct redis_server *server = calloc(1, sizeof *server);

    if (!server) {
        fail_msg("redis_server: no memory");
        return NULL;
    }

    server->options = options;
    (void)snprintf(server->folder, sizeof server->folder, "/tmp/livegate-redis-XXXXXX");
    must(mkdtemp(server->folder) != NULL, "no folder");

    /* Somebody else may have taken the port meanwhile: then the server ends at once. */
    for (int i = 0; i < PORT_TRIES; i++) {
        take_port(server);
        if (start(server))
            return server;
    }

    dispose(server);
    fail_msg("redis_server: redis-server does not start");

    return NULL;
}

void redis_server_restart(struct redis_server *server)
{
    redis_server_kill(server);
    must(start(server), "redis-server does not start again");
}

void redis_server_hang(struct redis_server *server)
{
    must(kill(server->pid, SIGSTOP) == 0, "cannot stop it");
}

void redis_server_go_on(struct redis_server *server)
{
    must(kill(server->pid, SIGCONT) == 0, "cannot let it go on");
}
