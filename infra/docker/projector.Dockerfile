# The projector, and the operator's command line beside it. Built from the root of the repository.
FROM node:20 AS build
WORKDIR /offerlock
COPY . .
RUN npm ci && npx tsc -b services/projector services/operator
# Only what the two need to run.
RUN npm ci --omit=dev --workspace @offerlock/projector --workspace @offerlock/operator

FROM node:20-slim
WORKDIR /offerlock
COPY --from=build /offerlock/package.json ./
COPY --from=build /offerlock/node_modules ./node_modules
COPY --from=build /offerlock/schemas ./schemas
COPY --from=build /offerlock/services ./services
COPY --from=build /offerlock/infra/kafka ./infra/kafka
USER node
EXPOSE 8084
# A larger young generation: garbage of a batch dies before it would be promoted.
CMD ["node", "--max-semi-space-size=64", "services/projector/dist/main.js"]
