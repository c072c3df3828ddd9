// The demo's page for Teams. It shows what the server tells it and asks for what is pressed; everything is decided there.

import { announce, coalesced, find, get, make, notify, send, sendOnEnter } from "/common.js";

/** Times in the time zone of the people who play. */
let zone;
function showTimes(within) {
  const hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = { weekday: "short", day: "numeric", month: "short" };
  for (const time of within.querySelectorAll("time[data-seconds]")) {
    const moment = new Date(Number(time.dataset.seconds) * 1000);
    time.dateTime = moment.toISOString();
    time.textContent = moment.toLocaleString("en-GB", { ...("day" in time.dataset ? day : hours), timeZone: zone });
  }
}

/** The inputs of a card and of the cards around it, as Teams gathers them for a button. */
function inputsFor(button) {
  const inputs = {};
  for (let card = button.closest(".adaptive"); card; card = card.parentElement.closest(".adaptive")) {
    for (const input of card.querySelectorAll("[data-input]")) {
      if (input.closest(".adaptive") === card) inputs[input.dataset.input] = valueOf(input);
    }
  }
  return inputs;
}

function valueOf(input) {
  if (input.type === "checkbox") return input.checked ? input.dataset.on : input.dataset.off;
  return input.multiple ? [...input.selectedOptions].map((option) => option.value).join(",") : input.value;
}

/** Replaces what a message shows, and keeps what is open and filled in: the bot may update a card meanwhile. */
function replaceKeeping(shown, html) {
  const titleOf = (details) => find("summary", details).textContent;
  const opened = [...shown.querySelectorAll("details[open]")].map(titleOf);
  const filled = [...shown.querySelectorAll("details[open] :is([data-input], input[aria-label])")];
  const values = filled.map((input) => [input.dataset.input ?? input.getAttribute("aria-label"), input.value, input.checked]);
  shown.innerHTML = html;
  for (const details of shown.querySelectorAll("details")) details.open = opened.includes(titleOf(details));
  for (const [name, value, checked] of values) {
    const input = find(`details[open] :is([data-input="${name}"], [aria-label="${name}"])`, shown);
    if (input) Object.assign(input, input.type === "checkbox" ? { checked } : { value });
  }
}

/** One person's sight of a conversation: the chat with the bot, or the channel. */
class Pane {
  constructor(section, { path, conversation, person, channel = null }) {
    this.section = section;
    this.path = path;
    this.conversation = conversation;
    this.channel = channel;
    this.person = person;
    this.list = find(".list", section);
    this.scroller = find(".threads", section);
    this.html = new Map();
    this.reload = coalesced(() => this.fetch());
    this.useForm(find("footer .composer", section), null);
    this.list.addEventListener("click", (event) => this.clicked(event.target));
  }

  become(person) {
    this.person = person;
    this.html.clear();
    this.list.replaceChildren();
    return this.reload();
  }

  async fetch() {
    const { threads } = await get(this.path, { person: this.person });
    const written = threads.filter((thread) => thread.messages.length || thread.working);
    const atEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 40;
    for (const thread of written) this.show(thread);
    this.section.classList.toggle("is-empty", written.length === 0);
    if (atEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  show(thread) {
    const shown = find(`[data-root="${thread.root}"]`, this.list) ?? this.add(thread.root);
    for (const message of thread.messages) this.showMessage(find(".messages", shown), message);
    find(".working", shown).hidden = !thread.working;
  }

  add(root) {
    const shown = find("#thread").content.firstElementChild.cloneNode(true);
    shown.dataset.root = root;
    if (root) this.useForm(find(".reply", shown), root);
    else find(".reply", shown).remove();
    this.list.append(shown);
    return shown;
  }

  showMessage(list, message) {
    if (this.html.get(message.id) === message.html) return;
    const isNew = !this.html.has(message.id);
    this.html.set(message.id, message.html);
    const shown = find(`[data-message="${message.id}"]`, list) ?? make("li", { className: "message" });
    shown.dataset.message = message.id;
    replaceKeeping(shown, message.html);
    showTimes(shown);
    if (isNew) list.append(shown);
    if (isNew && !message.own) announce(message.announcement);
  }

  useForm(form, thread) {
    const box = find("textarea", form);
    sendOnEnter(form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = box.value.trim();
      if (!text) return;
      box.value = "";
      if (!(await this.say(text, thread))) box.value = text;
    });
  }

  say(text, thread = null) {
    return send("teams/say", { person: this.person, text, channel: this.channel, thread });
  }

  clicked(target) {
    const button = target.closest("button");
    const message = target.closest("[data-message]")?.dataset.message;
    if (!button || !message) return;
    const place = { person: this.person, conversation: this.conversation, message };
    const inputs = inputsFor(button);
    button.closest("details")?.removeAttribute("open");
    const { verb, where, thumb, suggestion, tool } = button.dataset;
    if (verb) send("teams/press", { ...place, verb, where: JSON.parse(where), inputs });
    else if (thumb) send("teams/thumb", { ...place, reaction: thumb, reason: find("input", button.parentElement).value });
    else if (suggestion) send("teams/suggestion", { person: this.person, message, title: suggestion });
    else if (tool === "delete") send("teams/delete", place);
    else if (tool === "edit") this.edit(place, button.closest(".message"));
  }

  edit(place, shown) {
    const content = find(".content", shown);
    const before = content.innerText;
    const form = make("form", { className: "composer" });
    const box = make("textarea", { rows: 1, value: before, required: true });
    box.setAttribute("aria-label", "Changed message");
    form.append(box, make("button", { type: "submit", className: "plain", textContent: "Save" }));
    sendOnEnter(form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      this.html.delete(place.message);
      if (!(await send("teams/edit", { ...place, text: box.value }))) this.reload();
    });
    content.replaceChildren(form);
    box.focus();
  }
}

function offerQuestions(suggestions, employee) {
  const offered = suggestions.map(({ text, shows }) => {
    const button = make("button", { type: "button" }, text, make("small", { textContent: shows }));
    button.addEventListener("click", () => employee.say(text));
    return make("li", {}, button);
  });
  find("#suggestions").append(...offered);
}

function chooseAgent(agents, pane) {
  for (const { id, name } of agents) {
    const choice = make("input", { type: "radio", name: "agent", checked: id === pane.person });
    choice.addEventListener("change", () => pane.become(id));
    find("#agent-choice").append(make("label", {}, choice, make("span", { textContent: name })));
  }
}

function choosePlaces() {
  const buttons = document.querySelectorAll(".places button");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      document.body.dataset.showing = button.dataset.place;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }
}

function listen(panes) {
  const updates = new EventSource("/demo/updates");
  const reload = () => panes.forEach((pane) => pane.reload());
  updates.addEventListener("ready", reload);
  updates.addEventListener("message", ({ data }) => {
    if (JSON.parse(data).what === "teams") reload();
  });
}

async function start() {
  const scene = await get("teams/scene");
  ({ zone } = scene);
  const employee = new Pane(find("#employee"), { path: "teams/chat", conversation: scene.chat, person: scene.employee.id });
  const agents = new Pane(find("#agents"), {
    path: "teams/channel",
    conversation: scene.channel.id,
    channel: scene.channel.id,
    person: scene.agents[0].id,
  });
  find("#employee-name").textContent = scene.employee.name;
  find("#employee-title").textContent = scene.bot;
  find("#agents-title").textContent = scene.channel.name;
  find("#reads").checked = scene.reads_all;
  find("#reads").addEventListener("change", ({ target }) => send("teams/reads", { on: target.checked }));
  offerQuestions(scene.suggestions, employee);
  chooseAgent(scene.agents, agents);
  choosePlaces();
  await Promise.all([employee.reload(), agents.reload()]);
  listen([employee, agents]);
  // Whatever was written or pressed before would have had no effect.
  document.body.inert = false;
  document.body.removeAttribute("aria-busy");
}

start().catch(() => notify("The demo does not answer. Is it still running?"));
