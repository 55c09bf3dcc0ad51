# One image for the sprint; docs/docker.md explains it. Steps are scripts/image/setup.sh's, packages those of
# scripts/system-packages.tsv. Written for the BuildKit of Docker Engine 20.10: no heredocs, no COPY --link, no
# syntax line. The four values below are pins.toml's (`just pins sync`).
ARG BASE_IMAGE=debian:forky-20260918-slim@sha256:7bb96d9b4ccd7f46f54853c258a56df0c6b628a63e65c2317959da18fd36932c
ARG SNAPSHOT=20260918T000000Z
ARG SOURCE_DATE_EPOCH=1789689600
ARG LLVM=22
ARG RUST_PROVIDER=rustup
ARG RUST_IMAGE=scratch

FROM ${RUST_IMAGE} AS rust-image-source

FROM ${BASE_IMAGE} AS base
ARG SNAPSHOT
ARG SOURCE_DATE_EPOCH
ENV LANG=C.UTF-8 RUSTUP_HOME=/opt/rustup
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    /kit/scripts/image/setup.sh sources

# Fetched beside everything else, and only the programs are taken.
FROM base AS tools
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=secret,id=ca \
    /kit/scripts/image/setup.sh tools /out just sccache

FROM base AS tools-cross
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=secret,id=ca \
    /kit/scripts/image/setup.sh tools /out wasmtime

# What CPython is built with.
FROM base AS system
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=secret,id=ca \
    /kit/scripts/image/setup.sh packages need stdlib cache fork
# What people look into it with.
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=secret,id=ca \
    /kit/scripts/image/setup.sh packages image

FROM system AS rust-rustup
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=secret,id=ca \
    /kit/scripts/image/setup.sh rust rustup

FROM system AS rust-debian
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=secret,id=ca \
    /kit/scripts/image/setup.sh rust debian

FROM system AS rust-image
ARG SOURCE_DATE_EPOCH
ARG RUST_IMAGE_PATH=/
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=bind,from=rust-image-source,target=/rust-image \
    /kit/scripts/image/setup.sh rust image

FROM rust-${RUST_PROVIDER} AS toolchain

FROM toolchain AS kit
ARG SOURCE_DATE_EPOCH
# What was compiled for an earlier image stays at hand, outside the layers.
RUN --mount=type=bind,target=/kit --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/kit \
    /kit/scripts/image/setup.sh kit /out

FROM toolchain AS dev
ARG SOURCE_DATE_EPOCH
ARG LLVM
ENV LIBCLANG_PATH=/usr/lib/llvm-${LLVM}/lib SPRINT_PREBUILT=/usr/local/lib/sprint-kit
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=bind,from=tools,source=/out,target=/mnt/tools --mount=type=bind,from=kit,source=/out,target=/mnt/kit \
    /kit/scripts/image/setup.sh install /mnt/tools /mnt/kit && /kit/scripts/image/setup.sh user
LABEL org.opencontainers.image.title="Rust-for-CPython sprint kit" \
    org.opencontainers.image.source="https://github.com/Rust-for-CPython/sprint-kit" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.description="Builds CPython with Rust modules: docs/docker.md"
USER sprint
WORKDIR /workspace
CMD ["bash"]

FROM dev AS cross
ARG SOURCE_DATE_EPOCH
ARG RUST_PROVIDER
USER root
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=secret,id=ca \
    /kit/scripts/image/setup.sh packages cross
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=secret,id=ca \
    /kit/scripts/image/setup.sh rust "$RUST_PROVIDER" targets
RUN --mount=type=bind,source=scripts,target=/kit/scripts --mount=type=bind,source=pins.toml,target=/kit/pins.toml \
    --mount=type=bind,from=tools-cross,source=/out,target=/mnt/tools \
    /kit/scripts/image/setup.sh install /mnt/tools
USER sprint

# Without --target, the everyday image.
FROM dev
