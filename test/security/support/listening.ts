/** Where a process listens, as Linux tells it. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTEN = "0A";
const TABLES = ["tcp", "tcp6"] as const;

/** `127.0.0.1:9200`, IPv6 as `::1:9200`, for each TCP socket on which the process takes connections. */
export function addressesOf(pid: number): readonly string[] {
  const own = new Set(socketsOf(pid));
  return TABLES.flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === LISTEN && own.has(columns[9] ?? ""))
      .map((columns) => readable(columns[1] ?? "")),
  );
}

/** Inodes. */
function socketsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inode === undefined ? [] : [inode];
    } catch {
      // Closed since.
      return [];
    }
  });
}

/** The kernel writes words of four bytes, each in this machine's order, which is the little end first. */
function readable(address: string): string {
  const [hex = "", port = ""] = address.split(":");
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, "hex").reverse()]);
  return `${bytes.length === 4 ? bytes.join(".") : compressed(bytes)}:${Number.parseInt(port, 16)}`;
}

function compressed(bytes: readonly number[]): string {
  const [first, last] = [bytes.slice(0, 12), bytes.slice(12)];
  if (first.slice(0, 10).every((byte) => byte === 0) && first.slice(10).every((byte) => byte === 255)) {
    return `::ffff:${last.join(".")}`;
  }
  if (bytes.every((byte, at) => byte === (at === 15 ? 1 : 0))) return "::1";
  return bytes.every((byte) => byte === 0) ? "::" : Buffer.from(bytes).toString("hex");
}
