import { isThenable } from "@concurrent-futures/core/thenable";
import {
  type Attributes,
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

/** The one file that knows OpenTelemetry's API. Without an SDK it does nothing, in the caller and in the worker. */

const tracerName = "@concurrent-futures/opentelemetry";

/** Where the name of a call lies that is to have a span of its own in the worker. */
const spanOfCall = createContextKey("concurrent-futures: the span of a call");

/** What travels with a call. */
interface CarriedTrace {
  readonly headers: Record<string, string>;
  /** The name of the call's own span; missing where it has none. */
  readonly run?: string;
}

/** A span of the caller's side, which lasts until the calls have ended. */
export interface CallerSpan {
  /** Runs `submit` within it; what that throws ends it. */
  within<R>(submit: () => R): R;
  end(error?: unknown, attributes?: Attributes): void;
}

/** @param run - the name of the span that each call is to have in its worker */
export function callerSpan(name: string, run: string | undefined): CallerSpan {
  const span = trace.getTracer(tracerName).startSpan(name, { kind: SpanKind.PRODUCER });
  const end = (error?: unknown, attributes?: Attributes): void => {
    if (attributes !== undefined) span.setAttributes(attributes);
    endSpan(span, error);
  };
  return {
    end,
    within(submit) {
      const here = trace.setSpan(context.active(), span);
      try {
        return context.with(run === undefined ? here : here.setValue(spanOfCall, run), submit);
      } catch (error) {
        end(error ?? new Error("submit failed"));
        throw error;
      }
    },
  };
}

/** The trace that is active, as text; undefined when there is none. */
export function captureTrace(): string | undefined {
  const active = context.active();
  const headers: Record<string, string> = {};
  propagation.inject(active, headers);
  if (Object.keys(headers).length === 0) return undefined;
  const run = active.getValue(spanOfCall) as string | undefined;
  return JSON.stringify({ headers, ...(run !== undefined && { run }) } satisfies CarriedTrace);
}

/** In the worker: runs a call within the trace that it came with. */
export function runInTrace(text: string, run: () => unknown): unknown {
  const { headers, run: name } = JSON.parse(text) as CarriedTrace;
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  if (name === undefined) return context.with(parent, run);
  const span = trace.getTracer(tracerName).startSpan(name, { kind: SpanKind.CONSUMER }, parent);
  return context.with(trace.setSpan(parent, span), () => {
    let result: unknown;
    try {
      result = run();
    } catch (error) {
      endSpan(span, error ?? new Error("the call failed"));
      throw error;
    }
    if (!isThenable(result)) {
      endSpan(span, undefined);
      return result;
    }
    return Promise.resolve(result).then(
      (value) => {
        endSpan(span, undefined);
        return value;
      },
      (error: unknown) => {
        endSpan(span, error ?? new Error("the call failed"));
        throw error;
      },
    );
  });
}

function endSpan(span: Span, error: unknown): void {
  if (error !== undefined) {
    const message = error instanceof Error ? error.message : String(error);
    span.recordException(error instanceof Error ? error : message);
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end();
}
