import { useEffect } from "preact/hooks";
import { idIn } from "../router";
import { Letter } from "./letter";
import { LetterList } from "./letter-list";
import { useRedrive } from "./use-redrive";

interface Props {
  readonly path: string;
  /** The address's query. */
  readonly search: string;
}

/** The view of dead letters: their list, or one of them. */
export function DeadLetters({ path, search }: Props) {
  const redrive = useRedrive();
  const id = idIn(path, "/dead-letters/");
  useEffect(() => {
    document.title = "Dead letters · Chat sessions";
  }, []);
  return id === undefined ? (
    <LetterList search={search} redrive={redrive} />
  ) : (
    <Letter key={id} id={id} redrive={redrive} />
  );
}
