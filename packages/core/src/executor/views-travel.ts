import { reduce, reference, revive } from "../keys.ts";
import type { Executor } from "./executor.ts";
import type { TaskOptions } from "./task-options.ts";

/** What of a view travels. */
type ViewState = readonly [executor: Executor, options: TaskOptions];

/** Where a view arrives, it is made anew. Exported so that a worker finds it, and for nothing else. */
// biome-ignore lint/complexity/noStaticOnlyClass: whatever travels names a class that is found where it arrives.
/** @public a worker finds it by its name */
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
