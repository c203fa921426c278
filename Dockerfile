# syntax=docker/dockerfile:1
# Both bases are tags so that this file builds anywhere; a release pins them: --build-arg BUILD=…@sha256:…
ARG BUILD=docker.io/library/node:24-bookworm-slim
ARG RUNTIME=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY rolldown.config.ts ./
COPY src src
RUN npm run build

FROM ${RUNTIME}
WORKDIR /app
ENV NODE_ENV=production
# Runs on a read-only root file system. NODE_COMPILE_CACHE is not set here, because it needs a folder that can be
# written: where there is one (config/manager mounts an emptyDir), set it, and a restart skips compiling.
COPY --from=build /app/dist dist
# The number, and not the name: runAsNonRoot can check only a number.
USER 65532:65532
EXPOSE 8080
# Both in the entrypoint, so that the arguments of a pod are flags of the operator.
# A small young generation: garbage is collected more often, and a fleet of releases takes a third less memory.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "dist/main.js"]
