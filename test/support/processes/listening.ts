/** Finds the sockets that processes listen on, from Linux's /proc. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { descendantsOf } from "./running";

export interface ListeningSocket {
  readonly pid: number;
  /** The address as /proc writes it, in hexadecimal: each group of four bytes in the machine's order. */
  readonly rawAddress: string;
  readonly isLoopback: boolean;
  readonly port: number;
}

/** The state of a listening socket in /proc/net/tcp (include/net/tcp_states.h). */
const LISTEN = "0A";

/** TCP sockets, of both families, that these processes listen on. */
export function listeningSockets(pids: readonly number[]): readonly ListeningSocket[] {
  return pids.flatMap((pid) => {
    const inodes = socketInodes(pid);
    return ["tcp", "tcp6"].flatMap((family) => listenersOf(pid, family, inodes));
  });
}

/** Listening sockets of a process and of all its descendants. */
export function listeningBelow(pid: number): readonly ListeningSocket[] {
  return listeningSockets([pid, ...descendantsOf(pid).map((each) => each.pid)]);
}

/** The sockets that other machines can reach, in words for a failed assertion. */
export function openSockets(sockets: readonly ListeningSocket[]): readonly string[] {
  return sockets
    .filter(({ isLoopback }) => !isLoopback)
    .map(({ pid, port, rawAddress }) => `port ${port} of ${rawAddress}: ${commandOf(pid).slice(-120)}`);
}

function listenersOf(pid: number, family: string, inodes: ReadonlySet<string>): readonly ListeningSocket[] {
  const lines = read(`/proc/${pid}/net/${family}`).split("\n").slice(1);
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    if (state !== LISTEN || !inodes.has(inode)) return [];
    const [rawAddress = "", port = ""] = local.split(":");
    return [{ pid, rawAddress, isLoopback: isLoopback(rawAddress), port: Number.parseInt(port, 16) }];
  });
}

/** 127.0.0.0/8, also mapped into IPv6, and ::1. */
function isLoopback(rawAddress: string): boolean {
  return /^(0{16}F{4}0{4})?[0-9A-F]{6}7F$/.test(rawAddress) || rawAddress === `${"0".repeat(24)}01000000`;
}

function socketInodes(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`;
  const inodes = new Set<string>();
  for (const name of names(folder)) {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target(`${folder}/${name}`)) ?? [];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

/** Processes and their files may end while one looks. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
