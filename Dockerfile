# syntax=docker/dockerfile:1

# Named by tag. Name them by digest (`--build-arg NODE_IMAGE=node@sha256:…`) to have the same ones each time.
ARG NODE_IMAGE=node:26-slim
ARG CONSUL_IMAGE=hashicorp/consul:1.20.1
ARG ENVOY_IMAGE=envoyproxy/envoy:v1.29.7
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json build.mjs ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

# The containers of the profile "clusters" run Consul, and an Envoy version that it supports.
FROM ${CONSUL_IMAGE} AS consul
FROM ${ENVOY_IMAGE} AS envoy
FROM ${DEBIAN_IMAGE} AS world
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates curl \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 1000 --create-home world \
  && install -d -o world -g world -m 0700 /world/state /world/bot
COPY --from=consul /bin/consul /usr/local/bin/
COPY --from=envoy /usr/local/bin/envoy /usr/local/bin/
COPY sandbox/world/world.sh /usr/local/bin/world
USER world
ENTRYPOINT ["world"]

FROM ${NODE_IMAGE} AS bot
ENV NODE_ENV=production HEALTH_PORT=8080
WORKDIR /app
COPY package.json manifest.yml ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN install -d -o node -g node -m 0700 /world/bot
USER node
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["start"]
