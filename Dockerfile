# tapes on Debian 12. Build: docker build -t tapes .   Use: docs/containers.md

FROM debian:bookworm-slim AS build
WORKDIR /source
# The list of packages has one home, scripts/setup; alone in its layer, it is installed again only when it changes.
COPY scripts/setup scripts/setup
# OFF: without the page, and so without Node and npm's packages.
ARG TAPES_UI=ON
RUN scripts/setup run
COPY CMakeLists.txt ./
COPY cmake cmake
COPY include include
COPY src src
COPY web web
# Named by CMakeLists.txt; nothing of it is built here.
COPY bench bench
COPY config config
# JOBS: compilers at a time; each needs about 1 GB. Default: one a processor.
ARG JOBS
RUN cmake -G Ninja -S . -B /build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTAPES_TESTS=OFF -DTAPES_UI="$TAPES_UI" \
    && cmake --build /build --target tapes -j "${JOBS:-$(nproc)}" \
    && cmake --install /build --prefix /install --strip

FROM debian:bookworm-slim
# The libraries that the binary loads; ca-certificates to verify upstreams.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates libbrotli1 libprometheus-cpp-core1.0 librdkafka1 libre2-9 libsimdjson14 libspdlog1.10 \
        libsqlite3-0 libssl3 libstdc++6 libtomlplusplus3 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
RUN groupadd --gid 10001 tapes \
    && useradd --uid 10001 --gid tapes --no-create-home --home-dir /var/lib/tapes --shell /usr/sbin/nologin tapes \
    && install -d -m 0755 /etc/tapes \
    && install -d -m 0700 -o tapes -g tapes /var/lib/tapes
COPY --from=build /install/bin/tapes /usr/local/bin/tapes
# A library that is missing above fails here, not in somebody's container.
RUN tapes version

# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/tapes
VOLUME /var/lib/tapes
# The admin listener stays on the container's loopback: elsewhere it needs a token (docs/containers.md).
ENV TAPES_CONFIG_DIR=/etc/tapes \
    TAPES_STORAGE_SQLITE_PATH=/var/lib/tapes/tapes.sqlite \
    TAPES_PROXY_LISTEN=:8080 \
    TAPES_ADMIN_LISTEN=127.0.0.1:8081
EXPOSE 8080
# Bash speaks enough HTTP for this; a client would be one more package to keep up to date.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD bash -c ' \
    at=${TAPES_ADMIN_LISTEN:-:8081}; exec 3<>/dev/tcp/127.0.0.1/${at##*:} \
    && printf "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3 \
    && read -r _ status _ <&3 && [ "$status" = 200 ]'
ENTRYPOINT ["tapes"]
CMD ["serve", "proxy"]
