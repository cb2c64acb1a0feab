/** A share of 0 to 1, as `12 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Bytes, as `2.5 MB` or `40 KB`. */
export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
