/**
 * Loaded into workers by NODE_OPTIONS: the one that finds the file DIE_BEFORE_DATA removes it, and dies as if it were
 * killed at the point where it would open its data connection. Its control connection exists by then.
 */
import { rmSync } from "node:fs";
import http2 from "node:http2";
import process from "node:process";

const DATA = "/org.apache.beam.model.fn_execution.v1.BeamFnData/Data";
const { connect } = http2;

http2.connect = (...args) => {
  const session = connect(...args);
  const request = session.request.bind(session);
  session.request = (headers, options) => {
    if (headers[":path"] === DATA && takesOrder()) process.kill(process.pid, "SIGKILL");
    return request(headers, options);
  };
  return session;
};

function takesOrder() {
  try {
    rmSync(process.env.DIE_BEFORE_DATA);
    return true;
  } catch {
    return false;
  }
}
