/** Places without data: loading, empty, failed. */
import type { ComponentChildren } from "preact";
import type { ApiError } from "./api";

interface FailureProps {
  readonly error: ApiError;
  readonly onRetry: () => void;
  /** True when older answers are still shown. */
  readonly hasOlder: boolean;
}

export function Failure({ error, onRetry, hasOlder }: FailureProps) {
  const next = error.isTemporary ? " It is tried again by itself." : "";
  return (
    <div class="notice failure" role="alert">
      <p>
        {error.message}
        {next}
        {hasOlder && " Below is what was there before."}
      </p>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="empty">
      <svg viewBox="0 0 48 48" width="48" height="48" aria-hidden="true">
        <path
          d="M8 10h32v22H22l-8 7v-7H8z"
          fill="none"
          stroke="currentColor"
          stroke-width="2.5"
          stroke-linejoin="round"
        />
        <path d="M16 19h16M16 25h9" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" />
      </svg>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Skeleton({ rows }: { readonly rows: number }) {
  return (
    <div class="skeletons" aria-hidden="true">
      {Array.from({ length: rows }, (_, place) => (
        <div class="skeleton" key={place}>
          <span />
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}
