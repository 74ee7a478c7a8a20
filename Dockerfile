# livegate in a container: built in one stage, only what runs in the other.
#
#     podman build --format docker -t livegate .        # docker's format knows HEALTHCHECK
#     docker build -t livegate --build-arg DEBIAN_DIGEST=sha256:… .    # docs/operations.md has more of them
#
# Build with the digest that you have tested: without one it is whatever the name means that day.
ARG DEBIAN=docker.io/library/debian:bookworm-slim
ARG DEBIAN_DIGEST=

FROM ${DEBIAN}${DEBIAN_DIGEST:+@$DEBIAN_DIGEST} AS build
WORKDIR /src
# The compiler and libwebsockets first: they change seldom.
COPY script/bootstrap script/libwebsockets script/
COPY third_party third_party
RUN script/bootstrap
COPY . .
RUN script/build && strip --strip-debug -o /livegate build/livegate

FROM ${DEBIAN}${DEBIAN_DIGEST:+@$DEBIAN_DIGEST}
RUN apt-get -qq update \
    && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends ca-certificates \
        libevent-2.1-7 libevent-openssl-2.1-7 libhiredis0.14 libmsgpackc2 libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old \
        /var/log/apt /var/log/dpkg.log \
    && echo 'livegate:x:65532:65532::/nonexistent:/usr/sbin/nologin' >>/etc/passwd \
    && echo 'livegate:x:65532:' >>/etc/group
COPY --from=build /livegate /usr/local/bin/livegate
COPY LICENSE /usr/share/doc/livegate/LICENSE

# Those of the base are from above: what stands before a FROM is known after it only when it is named again.
ARG DEBIAN
ARG DEBIAN_DIGEST
ARG VERSION=0.1.0
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="livegate" \
      org.opencontainers.image.description="Message relay for live commerce: WebSocket to Redis" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="${DEBIAN}" \
      org.opencontainers.image.base.digest="${DEBIAN_DIGEST}"

# A container's own loopback address reaches nobody.
ENV LIVEGATE_LISTEN=:8080 LIVEGATE_INTERNAL_LISTEN=:8081
EXPOSE 8080 8081

# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
WORKDIR /
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/usr/local/bin/livegate", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/livegate"]
