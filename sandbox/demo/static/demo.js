// The demo's page. It shows what the server tells it and asks for what is pressed; everything is decided there.

import { announce, coalesced, find, get, make, notify, send, sendOnEnter } from "/common.js";

/** A row of tabs. The arrow keys go from one to the next; `chosen` is told which, also of the one that is open. */
class Tabs {
  constructor(row, chosen) {
    this.tabs = [...row.querySelectorAll("[role=tab]")];
    this.chosen = chosen;
    for (const tab of this.tabs) tab.addEventListener("click", () => this.choose(tab));
    row.addEventListener("keydown", (event) => this.move(event));
  }

  choose(tab) {
    for (const other of this.tabs) {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    return this.chosen(tab.dataset.tab, tab);
  }

  chooseNamed(name) {
    return this.choose(this.tabs.find((tab) => tab.dataset.tab === name));
  }

  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const index = (this.tabs.indexOf(document.activeElement) + step + this.tabs.length) % this.tabs.length;
    this.tabs[index].focus();
    this.choose(this.tabs[index]);
  }
}

/** A button that unfolds what can be chosen; choosing, Escape and a click elsewhere fold it up. */
class Menu {
  constructor(within, choices) {
    this.button = find("button", within);
    this.list = find(".menu", within);
    this.list.append(...choices.map((choice) => this.entryFor(choice)));
    this.button.addEventListener("click", () => this.unfold(this.list.hidden));
    within.addEventListener("keydown", (event) => event.key === "Escape" && this.fold());
    within.addEventListener("focusout", ({ relatedTarget }) => within.contains(relatedTarget) || this.unfold(false));
  }

  entryFor({ label, shows, act }) {
    const entry = make("button", { type: "button" }, label, ...(shows ? [make("small", { textContent: shows })] : []));
    entry.addEventListener("click", () => {
      this.unfold(false);
      act();
    });
    return make("li", {}, entry);
  }

  unfold(open) {
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) find("button", this.list).focus();
  }

  fold() {
    this.unfold(false);
    this.button.focus();
  }
}

/** Where somebody writes: words, files, or both. `say` returns whether they went. */
class Composer {
  static mostBytes = 0;
  /** Files that nobody has at hand, as the server knows them. */
  static props = [];

  constructor(form, say) {
    this.form = form;
    this.box = find("textarea", form);
    this.picker = find("input[type=file]", form);
    this.list = find(".attached", form);
    this.files = [];
    this.say = say;
    sendOnEnter(form);
    form.addEventListener("submit", (event) => this.submit(event));
    new Menu(find(".attaching", form), [
      { label: "A file of yours…", act: () => this.picker.click() },
      ...Composer.props.map((prop) => ({ label: prop.name, shows: prop.shows, act: () => this.attachProp(prop) })),
    ]);
    this.picker.addEventListener("change", () => this.attach([...this.picker.files]));
  }

  attach(files) {
    const bytes = [...this.files, ...files].reduce((sum, file) => sum + (file.size ?? 0), 0);
    if (bytes > Composer.mostBytes) notify(`The demo takes files of up to ${Composer.mostBytes / 1e6} MB together; Slack takes larger ones.`);
    else this.show([...this.files, ...files]);
    this.picker.value = "";
    this.box.focus();
  }

  attachProp(prop) {
    this.show([...this.files.filter((file) => file !== prop), prop]);
    this.box.focus();
  }

  show(files) {
    this.files = files;
    this.box.required = files.length === 0;
    this.list.hidden = files.length === 0;
    this.list.replaceChildren(...files.map((file) => this.entryFor(file)));
  }

  entryFor(file) {
    const leaveOut = make("button", { type: "button", className: "tool", textContent: "Remove" });
    leaveOut.setAttribute("aria-label", `Remove ${file.name}`);
    leaveOut.addEventListener("click", () => {
      this.show(this.files.filter((other) => other !== file));
      this.box.focus();
    });
    return make("li", {}, make("span", { textContent: file.name }), leaveOut);
  }

  async submit(event) {
    event.preventDefault();
    const { files } = this;
    const text = this.box.value.trim();
    if (!text && !files.length) return;
    this.box.value = "";
    this.show([]);
    if (await this.say(text, await asSent(files))) return;
    this.box.value = text;
    this.show(files);
  }
}

/** Files as they travel: with their content, or named where the server has them. */
async function asSent(files) {
  const props = files.filter((file) => Composer.props.includes(file));
  const read = await Promise.all(files.filter((file) => !props.includes(file)).map(withContent));
  return { files: read, props: props.map((prop) => prop.id) };
}

function withContent(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("error", () => reject(reader.error));
    reader.addEventListener("load", () => {
      const content = reader.result.slice(reader.result.indexOf(",") + 1);
      resolve({ name: file.name, mimetype: file.type || undefined, content });
    });
    reader.readAsDataURL(file);
  });
}

/** The demo's time: its own, and in the time zone of the people who play. */
class Clock {
  static zone = undefined;

  static words(seconds, { day }) {
    const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: Clock.zone };
    const moment = new Date(seconds * 1000);
    return moment.toLocaleString("en-GB", day ? { weekday: "short", day: "numeric", month: "short", ...format } : format);
  }

  constructor(changed) {
    this.changed = changed;
    this.shift = null;
    this.ahead = 0;
    this.reload = coalesced(() => this.fetch());
    find("#passing").addEventListener("click", ({ target }) => this.pass(target.closest("button")));
    setInterval(() => this.tick(), 1000);
  }

  get now() {
    return Date.now() / 1000 + this.ahead;
  }

  async fetch() {
    this.shift = await get("clock");
    this.ahead = this.shift.now - Date.now() / 1000;
    if (Clock.zone !== this.shift.zone) {
      Clock.zone = this.shift.zone;
      this.changed();
    }
    this.show();
  }

  tick() {
    if (!this.shift) return;
    if (this.shift.until && this.now >= this.shift.until) this.reload();
    else this.show();
  }

  show() {
    const { at_work, until } = this.shift;
    const words = Clock.words(this.now, { day: true });
    const hours = until ? (at_work ? ", working hours" : ", outside of working hours") : "";
    if (find("#clock").textContent !== `${words}${hours}`) find("#clock").textContent = `${words}${hours}`;
    find("#clock").classList.toggle("closed", !at_work);
    const button = find("#to-change");
    button.hidden = !until;
    if (until) button.textContent = at_work ? `to the end of work` : `to the start of work`;
    if (until) button.title = Clock.words(until, { day: true });
  }

  async pass(button) {
    if (!button) return;
    const toChange = button.id === "to-change";
    const minutes = toChange ? Math.ceil((this.shift.until - this.now) / 60) : Number(button.dataset.minutes);
    if (!(await send("pass-time", { minutes }))) return;
    notify(toChange ? `It is ${button.title} now` : `${button.textContent} later`);
  }
}

function showTimes(within) {
  for (const time of within.querySelectorAll("time[data-seconds]")) {
    time.dateTime = new Date(Number(time.dataset.seconds) * 1000).toISOString();
    time.textContent = Clock.words(Number(time.dataset.seconds), { day: "day" in time.dataset });
  }
}

/** One person's sight of one channel, of their messages with the bot where these are another, and of the Home tab. */
class Pane {
  constructor(section, { channel, dm, review, person }) {
    this.section = section;
    this.list = find(".list", section);
    this.scroller = find(".threads", section);
    this.home = find(".home", section);
    this.homeView = "";
    this.tabs = new Tabs(find(".tabs", section), (name) => this.showTab(name));
    this.reloadHome = coalesced(() => this.fetchHome());
    this.places = { messages: channel, direct: dm, review };
    this.place = "messages";
    this.person = person;
    this.member = true;
    this.shown = new Map();
    this.dismissed = new Set();
    this.fetches = new Map();
    this.quiet = true;
    this.reload = coalesced(() => this.fetchAll());
    section.addEventListener("click", (event) => this.clicked(event));
    section.addEventListener("change", (event) => this.chosen(event.target));
    this.composer = new Composer(find("footer .composer", section), (text, attached) => this.say(text, attached));
  }

  /** What is shown, unless the Home tab is. */
  get channel() {
    return this.places[this.place];
  }

  get mayWrite() {
    return this.place === "direct" || (this.member && this.place === "messages");
  }

  become({ id, member, dm }) {
    this.person = id;
    this.member = member;
    this.places.direct = dm;
    this.news("direct", false);
    if (!this.home.hidden) this.openHome();
    return this.showAnew();
  }

  showAnew() {
    this.showFooter();
    const { messagesTitle, reviewTitle } = this.section.dataset;
    if (messagesTitle) find("h2", this.section).textContent = this.place === "review" ? reviewTitle : messagesTitle;
    this.composer.box.placeholder = this.section.dataset[this.place];
    find("footer label", this.section).textContent = this.section.dataset[`${this.place}Label`];
    for (const empty of this.section.querySelectorAll(".empty[data-of]")) empty.hidden = empty.dataset.of !== this.place;
    this.list.replaceChildren();
    this.shown.clear();
    this.quiet = true;
    return this.reload();
  }

  showFooter() {
    find("footer", this.section).hidden = !this.home.hidden || !this.mayWrite;
  }

  async showTab(name) {
    const atHome = name === "home";
    const reviewing = find(".reviewing", this.section);
    if (reviewing) reviewing.hidden = name !== "review";
    this.home.hidden = !atHome;
    this.scroller.hidden = atHome;
    this.showFooter();
    if (atHome) return this.openHome();
    this.news(name, false);
    if (name === this.place) return this.scrollToEnd();
    this.place = name;
    return this.showAnew();
  }

  /** Say that something is new in a place that is not shown. */
  news(place, some) {
    find(`[data-tab=${place}]`, this.section)?.classList.toggle("news", some);
  }

  placeOf(channel) {
    return Object.keys(this.places).find((one) => this.places[one] === channel);
  }

  changed(channel, root) {
    if (channel !== this.channel) this.news(this.placeOf(channel), true);
    else if (root) this.fetchThread(root);
    else this.reload();
  }

  shows(channel) {
    return Object.values(this.places).includes(channel);
  }

  /** As in Slack, the Home tab is made anew each time it is opened. */
  openHome() {
    this.homeView = "";
    this.home.replaceChildren(make("p", { className: "nothing", textContent: "One moment…" }));
    return send("open-home", { person: this.person });
  }

  async fetchHome() {
    if (this.home.hidden) return;
    const asked = this.person;
    const { home } = await get("home", { person: asked });
    if (asked !== this.person || !home) return;
    this.homeView = home.id;
    this.fill(this.home, home.html);
  }

  /** Scroll to a message, wherever this pane shows it; false where it does not. */
  async reveal(channel, ts) {
    const place = this.placeOf(channel);
    if (place !== this.place || !this.home.hidden) await this.tabs.chooseNamed(place);
    const line = [...this.list.querySelectorAll(".message")].find((one) => one.dataset.ts === ts);
    if (!line) return false;
    line.scrollIntoView({ block: "nearest" });
    line.classList.remove("fresh");
    line.focus({ preventScroll: true });
    this.highlight(line);
    return true;
  }

  highlight(line) {
    line.classList.add("fresh");
    line.addEventListener("animationend", () => line.classList.remove("fresh"), { once: true });
  }

  say(text, attached, thread) {
    return send("say", { person: this.person, channel: this.channel, text, ...attached, thread });
  }

  async fetchAll() {
    const { channel, person } = this;
    const { threads } = await get("threads", { channel, person });
    if (channel !== this.channel || person !== this.person) return;
    const roots = new Set(threads.map((thread) => thread.root));
    for (const item of [...this.list.children]) if (!roots.has(item.dataset.root)) item.remove();
    for (const thread of threads) this.show(thread);
    if (this.quiet) this.scrollToEnd();
    this.section.classList.toggle("is-empty", threads.length === 0);
    this.quiet = false;
  }

  fetchThread(root) {
    if (!this.fetches.has(root)) this.fetches.set(root, coalesced(() => this.fetchOne(root)));
    return this.fetches.get(root)();
  }

  async fetchOne(root) {
    const { channel, person } = this;
    const { thread } = await get("thread", { channel, root, person });
    if (channel !== this.channel || person !== this.person) return;
    if (thread) this.show(thread);
    else this.itemOf(root)?.remove();
    this.section.classList.toggle("is-empty", this.list.children.length === 0);
  }

  itemOf(root) {
    return [...this.list.children].find((item) => item.dataset.root === root);
  }

  show(thread) {
    const item = this.itemOf(thread.root) ?? this.addThread(thread);
    const messages = find(".messages", item);
    const visible = thread.messages.filter((message) => !this.dismissed.has(message.ts));
    const stamps = new Set(visible.map((message) => message.ts));
    for (const line of [...messages.children]) if (!stamps.has(line.dataset.ts)) line.remove();
    visible.forEach((message, index) => this.showMessage(message, messages, index));
    const atEnd = this.isAtEnd();
    find(".working", item).hidden = !thread.working;
    if (atEnd && item === this.list.lastElementChild) this.scrollToEnd();
    if (thread.working && !this.quiet && !item.dataset.working) announce("The help desk is working on it.");
    item.dataset.working = thread.working ? "yes" : "";
    item.hidden = visible.length === 0;
  }

  addThread(thread) {
    const item = find("#thread").content.firstElementChild.cloneNode(true);
    item.dataset.root = thread.root;
    const { form, box } = new Composer(find("form", item), (text, attached) => this.say(text, attached, thread.root));
    form.hidden = !thread.open || !this.mayWrite;
    box.placeholder = this.place === "direct" ? "Reply in this thread" : this.section.dataset.reply;
    const later = [...this.list.children].find((other) => other.dataset.root > thread.root);
    this.list.insertBefore(item, later ?? null);
    return item;
  }

  showMessage(message, messages, index) {
    const known = [...messages.children].find((line) => line.dataset.ts === message.ts);
    const line = known ?? make("li", { className: "message", tabIndex: -1 });
    if (messages.children[index] !== line) messages.insertBefore(line, messages.children[index] ?? null);
    if (known && this.shown.get(message.ts) === message.html) return;
    this.shown.set(message.ts, message.html);
    line.dataset.ts = message.ts;
    this.fill(line, message.html);
    line.classList.toggle("private", find(".only-you", line) !== null);
    if (this.quiet) return;
    this.highlight(line);
    if (!known) this.arrived(message, line);
  }

  /** New content; the focus stays where it was, and a menu that was open stays open. */
  fill(line, html) {
    const open = this.menusIn(line).map((menu) => menu.open);
    const active = line.contains(document.activeElement) ? document.activeElement : null;
    const key = active && [active.dataset.action, active.dataset.value, active.dataset.tool].join(" ");
    line.innerHTML = html;
    this.menusIn(line).forEach((menu, index) => (menu.open = open[index] ?? false));
    showTimes(line);
    if (!active) return;
    const buttons = [...line.querySelectorAll("button, select")];
    const same = buttons.find((one) => [one.dataset.action, one.dataset.value, one.dataset.tool].join(" ") === key);
    (same ?? line).focus({ preventScroll: true });
  }

  menusIn(line) {
    return [...line.querySelectorAll("details.overflow")];
  }

  arrived(message, line) {
    if (!message.own) {
      announce(message.announcement);
      news(this.section.id);
    }
    // By hand: scrollIntoView would move the whole page as well.
    const box = this.scroller.getBoundingClientRect();
    const place = line.closest(".thread").getBoundingClientRect();
    const mine = line.getBoundingClientRect();
    const down = Math.min(place.bottom - box.bottom + 12, mine.top - box.top - 12);
    if (down > 0) this.scroller.scrollTop += down;
  }

  isAtEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 24;
  }

  scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  clicked(event) {
    const button = event.target.closest("button");
    for (const menu of this.scroller.querySelectorAll("details.overflow[open]")) {
      if (button || !menu.contains(event.target)) menu.open = false;
    }
    if (button?.dataset.action) this.act(button, button.dataset.value);
    else if (button?.dataset.tool) this[`tool_${button.dataset.tool}`](button);
  }

  async chosen(menu) {
    if (!menu.dataset.action) return;
    await this.act(menu, menu.value);
    // A menu with a placeholder shows it again: what was chosen is seen in what follows.
    if (menu.options[0].disabled) menu.selectedIndex = 0;
  }

  /** A button is pressed, or something chosen from a menu, in a message or in the Home tab. */
  act(element, value) {
    const { action } = element.dataset;
    const { person, channel } = this;
    if (this.home.contains(element)) return send("choose", { person, view: this.homeView, action, value });
    return send("press", { person, channel, ts: element.closest(".message").dataset.ts, action, value });
  }

  tool_stop(button) {
    const thread = button.closest(".thread").dataset.root;
    return send("stop", { person: this.person, channel: this.channel, thread });
  }

  tool_show_ids(button) {
    const { ts } = button.closest(".message").dataset;
    return send("show-ids", { person: this.person, channel: this.channel, ts });
  }

  tool_delete(button) {
    const { ts } = button.closest(".message").dataset;
    return send("delete", { person: this.person, channel: this.channel, ts });
  }

  tool_dismiss(button) {
    const line = button.closest(".message");
    this.dismissed.add(line.dataset.ts);
    const item = line.closest(".thread");
    line.remove();
    item.hidden = find(".message", item) === null;
    this.scroller.focus({ preventScroll: true });
  }

  tool_edit(button) {
    const line = button.closest(".message");
    const box = make("textarea", { value: button.dataset.text, rows: 2, required: true, maxLength: 40000 });
    box.setAttribute("aria-label", "Your message");
    const cancel = make("button", { type: "button", className: "plain", textContent: "Cancel" });
    const save = make("button", { type: "submit", className: "primary", textContent: "Save" });
    const form = make("form", { className: "editing" }, box, make("div", {}, save, cancel));
    const hidden = [find(".content", line), find(".tools", line)];
    const restore = () => {
      form.remove();
      for (const part of hidden) part.hidden = false;
      find("button[data-tool=edit]", line)?.focus();
    };
    for (const part of hidden) part.hidden = true;
    find(".body", line).append(form);
    box.focus();
    sendOnEnter(form);
    form.addEventListener("keydown", (event) => event.key === "Escape" && restore());
    cancel.addEventListener("click", restore);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { ts } = line.dataset;
      if (await send("edit", { person: this.person, channel: this.channel, ts, text: box.value.trim() })) restore();
    });
  }
}

/** Forms the bot opens, for whichever person acts. */
class Forms {
  constructor(people) {
    this.people = people;
    this.dialog = find("#form");
    this.view = null;
    this.check = coalesced(() => this.fetch());
    const form = find("form", this.dialog);
    form.addEventListener("submit", (event) => this.submit(event, form));
    find("[data-form=cancel]", form).addEventListener("click", () => this.cancel());
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.cancel();
    });
  }

  async fetch() {
    const found = await Promise.all(
      this.people().map(async ({ id, name }) => {
        const { views } = await get("views", { person: id });
        return views.map((view) => ({ ...view, person: id, name }));
      }),
    );
    const view = found.flat().at(-1) ?? null;
    if (view?.id === this.view?.id && view?.html === this.view?.html) return;
    this.view = view;
    if (view) this.show(view);
    else this.dialog.close();
  }

  show(view) {
    const fields = find(".fields-of-form", this.dialog);
    const typed = Object.fromEntries(new FormData(find("form", this.dialog)));
    find("#form-for").textContent = `A form for ${view.name}`;
    find("#form-title").textContent = view.title;
    fields.innerHTML = view.html;
    for (const field of fields.querySelectorAll("[name]")) if (field.name in typed) field.value = typed[field.name];
    find("[data-form=cancel]", this.dialog).textContent = view.close;
    const submit = find("[data-form=submit]", this.dialog);
    submit.textContent = view.submit;
    submit.hidden = !view.submit;
    if (!this.dialog.open) this.dialog.showModal();
    find("[aria-invalid], textarea, input, select", fields)?.focus();
  }

  submit(event, form) {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    return send("submit", { person: this.view.person, view: this.view.id, values });
  }

  cancel() {
    return send("cancel", { person: this.view.person, view: this.view.id });
  }
}

/** Tickets, identifiers and the rest, and the switches. */
class Inspector {
  constructor(section, editor) {
    this.panel = find("#panel", section);
    this.editor = editor;
    new Tabs(find(".tabs", section), (name, tab) => this.select(name, tab));
    this.selected = "tickets";
    this.content = {};
    this.unfolded = new Map();
    this.reload = coalesced(() => this.fetch());
    this.reloadFaults = coalesced(() => this.fetchFaults());
    this.faults = [];
    this.panel.addEventListener("click", (event) => this.remember(event));
    this.panel.addEventListener("change", (event) => this.switch(event.target));
  }

  async fetch() {
    this.content = await get("inspector");
    if (!["faults", "rules"].includes(this.selected)) this.show();
  }

  async fetchFaults() {
    ({ faults: this.faults } = await get("faults"));
    const on = this.faults.filter((fault) => fault.on).map((fault) => fault.label);
    find("#warning").textContent = on.length ? `Failing: ${on.join(", ")}` : "";
    if (this.selected === "faults") this.showFaults();
  }

  select(name, tab) {
    this.selected = name;
    this.panel.hidden = name === "rules";
    this.editor.show(name === "rules");
    if (name === "rules") return;
    this.panel.setAttribute("aria-labelledby", tab.id);
    this.drawn = null;
    if (this.selected === "faults") this.showFaults();
    else this.show();
    this.panel.scrollTop = 0;
  }

  show() {
    const html = this.content[this.selected] ?? "";
    if (html === this.drawn) return;
    const focused = document.activeElement?.closest?.("#panel details")?.dataset.key;
    this.drawn = html;
    this.panel.innerHTML = html;
    [...this.panel.querySelectorAll("details")].forEach((entry, index) => {
      const newest = index === 0 && this.selected !== "uppzy";
      entry.open = this.unfolded.get(entry.dataset.key) ?? newest;
      if (entry.dataset.key === focused) find("summary", entry).focus({ preventScroll: true });
    });
  }

  remember(event) {
    const entry = event.target.closest("summary")?.parentElement;
    if (entry) this.unfolded.set(entry.dataset.key, !entry.open);
  }

  showFaults() {
    const focused = document.activeElement?.name;
    const intro = make("p", { className: "who", textContent: "Have something go wrong, then ask, and watch the bot cope." });
    this.panel.replaceChildren(intro, ...this.faults.map((fault) => this.switchFor(fault)));
    if (focused) find(`input[name="${focused}"]`, this.panel)?.focus();
  }

  switchFor(fault) {
    const input = make("input", { type: "checkbox", name: fault.id, checked: fault.on });
    input.setAttribute("role", "switch");
    const words = make("span", { textContent: fault.watch });
    return make("label", { className: "switch" }, input, make("div", {}, make("strong", { textContent: fault.label }), words));
  }

  switch(input) {
    if (input.type === "checkbox") send("switch", { fault: input.name, on: input.checked });
  }
}

/** The policy: checked while it is written, tried on the history, saved, and taken back. */
class PolicyEditor {
  static pause = 400;

  constructor(panel) {
    this.panel = panel;
    this.box = find("#policy");
    this.lines = find("#policy-lines");
    this.tried = find("#policy-tried");
    this.buttons = Object.fromEntries([...panel.querySelectorAll("[data-rules]")].map((button) => [button.dataset.rules, button]));
    /** Texts: that of the policy in force, and those that were checked and tried last. */
    this.texts = { inForce: null, checked: null, tried: null };
    this.found = { wrong: [], doubtful: [] };
    this.canUndo = false;
    this.busy = false;
    this.reload = coalesced(() => this.fetch());
    this.check = coalesced(() => this.fetchFound());
    this.box.addEventListener("input", () => {
      this.say("");
      this.changed();
    });
    this.box.addEventListener("scroll", () => this.scrollLines());
    panel.addEventListener("click", ({ target }) => this.clicked(target.closest("button")));
  }

  show(shown) {
    this.panel.hidden = !shown;
    find("main").classList.toggle("writing", shown);
    if (shown) this.reload();
  }

  async fetch() {
    if (this.panel.hidden) return;
    const rules = await get("rules");
    const untouched = this.texts.inForce === null || this.box.value === this.texts.inForce;
    this.texts.inForce = rules.text;
    this.canUndo = rules.can_undo;
    if (untouched && this.box.value !== rules.text) this.box.value = rules.text;
    this.showInForce(rules);
    this.changed(0);
  }

  showInForce({ since, fingerprint, history }) {
    const time = make("time");
    time.dataset.seconds = since;
    time.dataset.day = "";
    find("#policy-in-force").replaceChildren("In force since ", time, ", policy ", make("code", { textContent: fingerprint }));
    const list = find("#policy-history");
    const open = new Set([...list.querySelectorAll("details[open]")].map((entry) => entry.dataset.key));
    list.innerHTML = history;
    for (const entry of list.children) entry.open = open.has(entry.dataset.key);
    showTimes(this.panel);
  }

  /** The text is another one: it is checked once whoever writes it pauses. */
  changed(pause = PolicyEditor.pause) {
    this.showLines();
    this.showButtons();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.check(), pause);
  }

  async fetchFound() {
    const text = this.box.value;
    if (text === this.texts.checked) return;
    const found = await send("check-rules", { text });
    if (!found || text !== this.box.value) return;
    this.texts.checked = text;
    this.found = found;
    find("#policy-found").innerHTML = found.html;
    this.box.setAttribute("aria-invalid", String(found.wrong.length > 0));
    if (text !== this.texts.inForce) this.say(found.sentence);
    this.showLines();
    this.showButtons();
  }

  say(sentence) {
    if (find("#policy-state").textContent !== sentence) find("#policy-state").textContent = sentence;
  }

  showLines() {
    const count = this.box.value.split("\n").length;
    const marked = new Map([...this.found.doubtful.map((line) => [line, "doubtful"]), ...this.found.wrong.map((line) => [line, "wrong"])]);
    const drawn = JSON.stringify([count, ...marked]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    const line = (number) => (marked.has(number) ? make("b", { className: marked.get(number), textContent: number }) : `${number}`);
    this.lines.replaceChildren(...numbers.flatMap((number) => [line(number), "\n"]));
    this.scrollLines();
  }

  scrollLines() {
    this.lines.scrollTop = this.box.scrollTop;
  }

  /** Why something cannot be done now; empty where it can. */
  obstacle(what) {
    const { value } = this.box;
    const { inForce, checked, tried } = this.texts;
    if (this.busy) return "One moment, please.";
    if (what === "undo") return this.canUndo ? "" : "There is nothing to undo: no policy was saved yet.";
    if (value !== checked) return "One moment, the policy is still being checked.";
    if (this.found.wrong.length) return "The policy has a mistake. Correct it first.";
    if (what === "try") return "";
    if (value === inForce) return "This policy is in force already.";
    return value === tried ? "" : "Try the policy on the history first, then save it.";
  }

  /** Buttons that cannot be pressed now keep the focus, and say why. */
  showButtons() {
    for (const [what, button] of Object.entries(this.buttons)) button.setAttribute("aria-disabled", String(this.obstacle(what) !== ""));
  }

  async clicked(button) {
    if (button?.dataset.line) return this.goTo(Number(button.dataset.line));
    const what = button?.dataset.rules;
    if (!what) return;
    const obstacle = this.obstacle(what);
    if (obstacle) return this.say(obstacle);
    this.busy = true;
    this.showButtons();
    try {
      await this[what](this.box.value);
    } finally {
      this.busy = false;
      this.showButtons();
    }
  }

  goTo(line) {
    const lines = this.box.value.split("\n");
    const begin = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.box.focus();
    this.box.setSelectionRange(begin, begin + (lines[line - 1]?.length ?? 0));
    this.box.scrollTop = (this.box.scrollHeight / lines.length) * Math.max(line - 4, 0);
  }

  async try(text) {
    this.say("Trying it on the history…");
    const result = await send("try-rules", { text });
    if (!result) return this.say("It was not tried.");
    this.texts.tried = text;
    this.tried.hidden = false;
    find("div", this.tried).innerHTML = result.html;
    showTimes(this.tried);
    this.say(result.sentence);
  }

  async save(text) {
    const saved = await send("save-rules", { text });
    this.say(saved ? `Saved. The bot follows it now: policy ${saved.fingerprint}.` : "It was not saved.");
    if (saved) await this.taken();
  }

  async undo() {
    const undone = await send("undo-rules", {});
    if (!undone) return this.say("Nothing was undone.");
    await this.taken();
    const unsaved = this.box.value === this.texts.inForce ? "" : " What you have written is still here, unsaved.";
    this.say(`Undone. The bot follows policy ${undone.fingerprint} again.${unsaved}`);
  }

  /** Another policy is in force: what was tried on the history is not about it any more. */
  async taken() {
    this.texts.tried = null;
    this.tried.hidden = true;
    await this.reload();
  }
}

/** On a narrow screen one part is shown at a time; the others say that there is something new. */
function news(place) {
  if (document.body.dataset.showing !== place) find(`.places [data-place=${place}]`).classList.add("news");
}

function showPlace(place) {
  document.body.dataset.showing = place;
  for (const button of document.querySelectorAll(".places button")) {
    const chosen = button.dataset.place === place;
    button.setAttribute("aria-pressed", String(chosen));
    if (chosen) button.classList.remove("news");
  }
}

function choosePlaces(panes) {
  for (const button of document.querySelectorAll(".places button")) {
    button.addEventListener("click", () => {
      showPlace(button.dataset.place);
      panes.find((pane) => pane.section.id === button.dataset.place)?.scrollToEnd();
    });
  }
}

/** Links to messages and files lead to them on this page: what they point to is no web site. */
function followLinks(panes) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const [, channel, digits] = link?.href.match(/\/archives\/(\w+)\/p(\d+)/) ?? [];
    const [, file] = link?.href.match(/\/files\/(F\w+)\//) ?? [];
    if (!channel && !file && !link?.hostname.endsWith(".example.com")) return;
    event.preventDefault();
    if (channel) follow(panes, channel, `${digits.slice(0, -6)}.${digits.slice(-6)}`, "message");
    else if (file) followFile(panes, file);
    else notify(`${link.hostname} is made up: there is nothing to open.`);
  });
}

async function follow(panes, channel, ts, what) {
  const pane = panes.find((one) => one.shows(channel));
  if (pane) showPlace(pane.section.id);
  if (!(await pane?.reveal(channel, ts))) notify(`This page does not show that ${what}.`);
}

function followFile(panes, id) {
  const line = find(`.file[data-file="${id}"]`)?.closest(".message");
  const pane = panes.find((one) => one.section.contains(line));
  return follow(panes, pane?.channel, line?.dataset.ts, "file");
}

function offerQuestions(scene, employee) {
  for (const { text, shows } of scene.suggestions) {
    const button = make("button", { type: "button" }, text, make("small", { textContent: shows }));
    button.addEventListener("click", () => employee.say(text));
    find("#suggestions").append(make("li", {}, button));
  }
}

/** Whom one can be on the right: it changes with who is in the channel. */
class Agents {
  constructor(pane) {
    this.pane = pane;
    this.people = [];
    this.reload = coalesced(() => this.fetch());
  }

  get chosen() {
    return this.people.find((person) => person.id === this.pane.person) ?? this.people[0];
  }

  async fetch() {
    const { agents } = await get("agents");
    if (JSON.stringify(agents) === JSON.stringify(this.people)) return;
    this.people = agents;
    find("#agent-choice").replaceChildren(find("#agent-choice legend"), ...agents.map((person) => this.choiceOf(person)));
    this.become(this.chosen);
  }

  choiceOf(person) {
    const input = make("input", { type: "radio", name: "agent", value: person.id, checked: person.id === this.chosen.id });
    input.addEventListener("change", () => this.become(person));
    return make("label", {}, input, make("span", { textContent: person.name }));
  }

  become(person) {
    find(`#agent-choice [value="${person.id}"]`).checked = true;
    find("#agent-note").hidden = !person.note;
    find("#agent-note").textContent = person.note;
    if (person.id !== this.pane.person) this.pane.become(person);
  }
}

/** The month of history and the digest, each for as long as it can be added. */
class Reviewing {
  constructor() {
    this.buttons = [...document.querySelectorAll("#reviewing button")];
    this.reload = coalesced(() => this.fetch());
    for (const button of this.buttons) button.addEventListener("click", () => this.act(button));
  }

  async fetch() {
    const { can_add: canAdd, can_post: canPost } = await get("review");
    const can = { "add-history": canAdd, "post-digest": canPost };
    for (const button of this.buttons) button.disabled = !can[button.dataset.review];
  }

  async act(button) {
    button.disabled = true;
    if ((await send(button.dataset.review, {})) && button.dataset.review === "add-history") notify("A month of history was added");
    this.reload();
  }
}

function listen(panes, forms, inspector, agents, clock, reviewing, editor) {
  const updates = new EventSource("/demo/updates");
  const everything = () => {
    for (const part of [...panes, inspector, agents, clock, reviewing, editor]) part.reload();
    forms.check();
    inspector.reloadFaults();
  };
  const react = {
    thread: ({ channel, root }) => panes.find((pane) => pane.shows(channel))?.changed(channel, root),
    channel: ({ channel }) => panes.find((pane) => pane.shows(channel))?.changed(channel),
    view: () => forms.check(),
    home: ({ person }) => panes.find((pane) => pane.person === person)?.reloadHome(),
    desk: () => {
      inspector.reload();
      reviewing.reload();
    },
    clock: () => {
      clock.reload();
      reviewing.reload();
    },
    faults: () => {
      inspector.reloadFaults();
      agents.reload();
    },
    rules: () => editor.reload(),
  };
  updates.addEventListener("ready", everything);
  updates.addEventListener("ready", () => find("#toast").classList.remove("shown"));
  updates.addEventListener("message", (event) => {
    const update = JSON.parse(event.data);
    react[update.what]?.(update);
  });
  updates.addEventListener("error", () => notify("The connection to the demo is lost. Trying again."));
}

async function start() {
  const scene = await get("scene");
  const { agents: people } = await get("agents");
  Composer.mostBytes = scene.most_bytes;
  Composer.props = scene.props;
  find("#agents").dataset.messages = `Try @${scene.bot} HD-1`;
  const employee = new Pane(find("#employee"), { channel: scene.dm, person: scene.employee.id });
  const support = new Pane(find("#agents"), {
    channel: scene.handoffs.id,
    review: scene.review.id,
    dm: people[0].dm,
    person: people[0].id,
  });
  const panes = [employee, support];
  const agents = new Agents(support);
  const editor = new PolicyEditor(find("#rules"));
  const inspector = new Inspector(find("#inspector"), editor);
  const forms = new Forms(() => [scene.employee, ...(agents.chosen ? [agents.chosen] : [])]);
  const clock = new Clock(() => [...panes.map((pane) => pane.section), editor.panel].forEach(showTimes));
  find("#employee-name").textContent = scene.employee.name;
  find("#elsewhere").hidden = !scene.teams;
  find("#agents").dataset.messagesTitle = `#${scene.handoffs.name}`;
  find("#agents").dataset.reviewTitle = `#${scene.review.name}`;
  support.showAnew();
  offerQuestions(scene, employee);
  choosePlaces(panes);
  followLinks(panes);
  listen(panes, forms, inspector, agents, clock, new Reviewing(), editor);
}

/** Lets people write and press, which had no effect before. */
function open() {
  document.body.inert = false;
  document.body.removeAttribute("aria-busy");
}

start().catch((error) => notify(`The demo could not start: ${error.message}`)).finally(open);
