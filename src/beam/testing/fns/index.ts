/** Registers everything that the suite's pipelines need in a worker. */
import "./async";
import "./basic";
import "./collect";
import "./counting-source";
import "./failing";
import "./fragments";
import "./measured";
import "./mistaken";
import "./records";
import "./scripted-source";
import "./sdk";
import "./sdk-metrics";
import "../support/coders";
