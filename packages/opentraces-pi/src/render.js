import { count, line, table } from "./text.js";

/** The answer of `_pi-bridge --status`, and what this extension itself makes of the session. */
export function renderStatus(status, extension) {
  const { project = {}, capture = {}, cli = {} } = status;
  const rows = [
    ["project", status.cwd],
    ["recorded", recorded(capture.enabled ?? project.capture_enabled, capture.source ?? project.capture_source)],
    ["tracking", status.tracking_mode],
    ["events", events(capture)],
    ["raw bodies", capture.raw_provider_bodies_opt_in ? "kept (opt-in)" : "not kept"],
    ["extension", extension],
    ["program", cli.path],
  ];
  return sections(table(rows), steps(status.checklist), optOut(project));
}

/** The checklist of `setup pi --dry-run`. */
export function renderSetup(plan) {
  const missing = (plan.steps ?? []).filter((step) => step.state !== "ok" && !step.optional);
  const summary = missing.length ? `${count(missing.length, "step")} left` : "Pi is set up";
  return sections(summary, steps(plan.steps), next(plan));
}

/** The candidates of `trace query`, newest or best first as they come. */
export function renderTraces(answer, { empty }) {
  const candidates = answer.candidates ?? [];
  if (candidates.length === 0) return sections(empty, stale(answer));
  const total = answer.total ?? candidates.length;
  const head = total > candidates.length ? `${candidates.length} of ${count(total, "trace")}` : count(total, "trace");
  return sections(head, candidates.map(candidate).join("\n"), stale(answer));
}

/** What `trace get` says: a trace as rows, a step or a card as it is. */
export function renderTrace(answer) {
  const trace = answer.trace;
  if (!trace?.trace_id) return JSON.stringify(body(answer), null, 1);
  const rows = [
    ["trace", trace.trace_id],
    ["title", trace.title],
    ["agent", [trace.agent?.name, trace.agent?.version, trace.agent?.model].filter(Boolean).join(" ")],
    ["steps", trace.step_count],
    ["duration", trace.duration_seconds == null ? undefined : `${Math.round(trace.duration_seconds)} s`],
    ["outcome", outcome(trace.outcome)],
    ["commit", trace.commit_sha ?? (trace.committed === false ? "none" : undefined)],
    ["summary", trace.summary === trace.title ? undefined : trace.summary],
    ...files(trace).map((file, index) => [index ? "" : "files", file]),
  ];
  return sections(table(rows), `a step: ${trace.trace_id}:<number> or ${trace.trace_id}:last`);
}

/** The rows of `dataset list`. */
export function renderDatasets(answer) {
  const datasets = answer.datasets ?? [];
  if (datasets.length === 0) return "no datasets yet; opentraces dataset new makes one";
  return table(datasets.map((dataset) => [line(dataset.name, 40), datasetLine(dataset)]));
}

function recorded(enabled, source) {
  const reason = source ? ` (${source})` : "";
  return enabled ? `yes${reason}` : `no${reason}`;
}

function events({ sidecar_event_count: number, latest_event_at: latest }) {
  if (number === undefined || number === null) return undefined;
  return latest ? `${number}, the latest at ${latest}` : String(number);
}

function optOut({ opt_out_commands: commands, capture_enabled: enabled, init_command: init }) {
  if (enabled === false) return init && `to record this project: ${line(init)}`;
  return commands?.length ? `to stop: ${commands.map((command) => line(command)).join(", or ")}` : undefined;
}

function steps(list) {
  const rows = (list ?? []).map((step) => [
    line(step.state ?? "unknown"),
    [step.name, step.optional && "(optional)", step.state !== "ok" && (step.command ?? step.commands?.[0])],
  ]);
  return table(rows.map(([state, parts]) => [state, parts.filter(Boolean).join("  ")]));
}

function next(answer) {
  return answer.next_command ? `next: ${line(answer.next_command)}` : undefined;
}

function candidate(item) {
  const state = item.provenance_color ?? (item.committed ? "committed" : undefined);
  const title = line(item.title ?? item.headline ?? "(no title)", 100);
  const head = `${item.trace_id}  ${title}`;
  const about = [
    state,
    item.commit_sha && `c:${String(item.commit_sha).slice(0, 8)}`,
    item.files?.length && item.files.slice(0, 4).join(", "),
    item.metadata?.file_count > 4 && `${item.metadata.file_count} files`,
  ];
  const detail = line(about.filter(Boolean).join("  "), 140);
  return detail ? `${head}\n    ${detail}` : head;
}

function stale(answer) {
  if (!answer.freshness?.stale) return undefined;
  return "the search index is behind; opentraces trace index brings it up to date";
}

function outcome(value) {
  if (!value) return undefined;
  const verdict = { true: "success", false: "no success" }[value.success];
  return [verdict, value.terminal_state, value.signal_source && `by ${value.signal_source}`].filter(Boolean).join(", ");
}

function files({ files_touched: list = [], files_touched_count: total = list.length }) {
  return total > list.length ? [...list, `… ${total - list.length} more`] : list;
}

function datasetLine({ row_count: rows, row_quality: quality, manifest, security, path }) {
  const number = rows ?? quality?.total_rows;
  const parts = [
    number !== undefined && count(number, "row"),
    manifest?.workflow && `workflow ${manifest.workflow.name ?? manifest.workflow}`,
    security?.required_satisfied === false && `missing tools: ${(security.missing_required_tools ?? []).join(", ")}`,
    path,
  ];
  return parts.filter(Boolean).join("  ");
}

function body({ status, schema_version, ...rest }) {
  return rest;
}

function sections(...parts) {
  return parts.filter(Boolean).join("\n\n");
}
