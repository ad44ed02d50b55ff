import type { ComponentType } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "./api";
import { Failure, Skeleton } from "./states";

/** A component whose program is loaded when it is first shown, so that the first load stays small. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [Found, setFound] = useState<ComponentType<Props> | undefined>(() => loaded);
    const [hasFailed, setFailed] = useState(false);
    const [round, setRound] = useState(0);
    const retry = useCallback(() => setRound((number) => number + 1), []);
    useEffect(() => {
      let isGone = false;
      setFailed(false);
      load().then(
        (component) => {
          loaded = component;
          if (!isGone) setFound(() => component);
        },
        () => !isGone && setFailed(true),
      );
      return () => {
        isGone = true;
      };
    }, [round]);
    if (Found !== undefined) return <Found {...props} />;
    return (
      <main id="content" class="wide-view" aria-busy={!hasFailed}>
        {hasFailed ? (
          <Failure
            error={new ApiError("AWAY", "This view could not be loaded: is the page's command still running?", false)}
            onRetry={retry}
            hasOlder={false}
          />
        ) : (
          <Skeleton rows={4} />
        )}
      </main>
    );
  };
}
