import { reduce, reference, revive } from "../keys.ts";
import type { Executor } from "./executor.ts";
import type { TaskOptions } from "./task-options.ts";

/** What of a view travels. */
type ViewState = readonly [executor: Executor, options: TaskOptions];

/**
 * Rebuilds a view in the worker that received it.
 *
 * @public a worker finds it by its name
 */
// biome-ignore lint/complexity/noStaticOnlyClass: what is sent names a class, which the receiver looks up.
export class ArrivedView {
  static {
    Object.defineProperty(ArrivedView, revive, { value: viewOf });
  }
}

function viewOf([executor, options]: ViewState): Executor {
  return executor.withOptions(options);
}

/** Lets views of a class travel wherever their executors can. */
export function letViewsTravel<V extends Executor>(
  View: { readonly prototype: V },
  stateOf: (view: V) => ViewState,
): void {
  Object.defineProperty(View, reference, { value: { module: import.meta.url, path: [ArrivedView.name] } });
  Object.defineProperty(View, revive, { value: viewOf });
  Object.defineProperty(View.prototype, reduce, {
    value(this: V): ViewState {
      return stateOf(this);
    },
  });
}
