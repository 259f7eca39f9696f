// Takes each new board in, part by part, so that nothing that stayed the same moves.
const stream = new EventSource("/board");
const notice = document.getElementById("notice");

stream.addEventListener("board", (event) => {
  notice.replaceChildren();
  const next = new DOMParser().parseFromString(event.data, "text/html").getElementById("board");
  const board = document.getElementById("board");
  const names = (root) => [...root.querySelectorAll("[id]")].map((part) => part.id).join();
  if (names(board) !== names(next)) return board.replaceWith(next);
  for (const part of next.querySelectorAll(":scope > [id], .column > [id]")) {
    const old = document.getElementById(part.id);
    if (old.outerHTML !== part.outerHTML) old.replaceWith(part);
  }
});

stream.addEventListener("failure", (event) => {
  notice.innerHTML = event.data;
});

stream.addEventListener("error", () => {
  const note = document.createElement("p");
  note.className = "notice";
  note.textContent = `The gateway does not answer. This is the state of ${seen()} s ago; the page keeps trying.`;
  notice.replaceChildren(note);
});

let seenAt = new Date();
stream.addEventListener("board", () => (seenAt = new Date()));
const seen = () => Math.round((new Date() - seenAt) / 1000);

// A pointer over the curve shows the moment below it.
const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const time = new Intl.DateTimeFormat("en-GB", {
  year: "numeric", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC",
});

document.addEventListener("pointermove", (event) => {
  const plot = event.target.closest?.(".plot");
  for (const each of document.querySelectorAll(".probe, .readout")) each.hidden = !plot;
  if (!plot) return;
  const box = plot.getBoundingClientRect();
  const at = (100 * (event.clientX - box.left)) / box.width;
  const probes = JSON.parse(plot.parentElement.dataset.probes);
  const near = (a, b) => (Math.abs(b.left - at) < Math.abs(a.left - at) ? b : a);
  const found = probes.reduce(near);
  const [probe, readout] = plot.querySelectorAll(".probe, .readout");
  probe.style.left = readout.style.left = `${found.left}%`;
  probe.style.setProperty("--top", `${found.top}%`);
  readout.classList.toggle("left", found.left > 60);
  const depth = (100 * found.drawdown).toFixed(1);
  readout.textContent = `${time.format(found.at_us / 1000)}\n${money.format(found.equity)}\n${depth} % below the peak`;
});
