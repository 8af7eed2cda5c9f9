# One image recipe for every app: docker build --build-arg APP=course-service .
ARG APP

FROM node:24-slim AS manifests
WORKDIR /app
COPY . .
# What decides which packages are installed, and nothing else: a changed source leaves the next stages cached.
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM node:24-slim AS packages
ARG APP
WORKDIR /app
COPY --from=manifests /app .
# Not `npm ci`: it refuses a lockfile that lacks other platforms' optional packages.
RUN npm install --omit=dev -w "apps/$APP" --include-workspace-root=false --ignore-scripts --no-audit --no-fund

FROM node:24-slim AS web
ARG APP
WORKDIR /app
COPY --from=manifests /app .
RUN if [ "$APP" = gateway ]; then \
      npm install -w apps/web --include-workspace-root=false --ignore-scripts --no-audit --no-fund; \
    fi
COPY tsconfig.base.json ./
COPY libs libs
COPY apps/web apps/web
# The gateway serves the web console, so its image carries the built files.
RUN if [ "$APP" = gateway ]; then npm run build -w apps/web; else mkdir -p apps/web/dist; fi

FROM node:24-slim
ARG APP
RUN test -n "$APP" || { echo 'Say which app: --build-arg APP=course-service' >&2; exit 1; }
RUN if [ "$APP" = video-worker ]; then \
      apt-get update && apt-get install -y --no-install-recommends bubblewrap ffmpeg && rm -rf /var/lib/apt/lists/*; \
    fi
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 APP=$APP
# A new volume takes over the owner of the folder that it covers.
RUN mkdir -p /data/objects /work && chown node:node /data/objects /work
COPY --from=packages /app .
COPY libs libs
COPY apps/$APP apps/$APP
COPY --from=web /app/apps/web/dist apps/web/dist
USER node
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# exec: the app is the process that gets SIGTERM.
CMD ["sh", "-c", "exec node --max-semi-space-size=8 --heap-growing-percent=100 --no-allocation-site-pretenuring apps/$APP/src/main.ts"]
