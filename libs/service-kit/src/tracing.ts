/**
 * Spans over OTLP where an endpoint is configured; nothing is loaded otherwise. Call it before the app is built: the
 * Fastify instrumentation attaches to instances made after it.
 */
export async function startTracing(name: string, endpoint: string): Promise<() => Promise<void>> {
  if (endpoint === '') return async () => {}
  const [{ NodeSDK }, { FastifyOtelInstrumentation }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@fastify/otel'),
  ])
  const sdk = new NodeSDK({
    serviceName: name,
    instrumentations: [new FastifyOtelInstrumentation({ registerOnInitialization: true })],
  })
  sdk.start()
  return () => sdk.shutdown()
}
