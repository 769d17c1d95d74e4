// The line to the server: greets, keeps alive, comes back with growing pauses. States: waiting → connecting → open.

const PING_MS = 20000;
const SILENCE_MS = 45000;
const LONGEST_PAUSE_MS = 30000;

export class Connection extends EventTarget {
  constructor(greeting) {
    super();
    this.greeting = greeting;
    this.state = "waiting";
    this.failures = 0;
    this.heardAt = 0;
    this.catchingUp = 0;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.hurry(); });
    setInterval(() => this.keepAlive(), 5000);
  }

  connect() {
    if (this.state !== "waiting") return;
    clearTimeout(this.timer);
    this.move("connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws`);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => this.say({ type: "hello", v: 1, ...this.greeting() });
    socket.onmessage = (event) => { if (socket === this.socket) this.hear(JSON.parse(event.data)); };
    socket.onclose = () => { if (socket === this.socket) this.lost(); };
  }

  hear(frame) {
    this.heardAt = Date.now();
    if (frame.type === "welcome") this.catchingUp = frame.chats.length;
    if (frame.type === "lines") this.catchingUp -= 1;
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    if (this.state === "connecting" && frame.type !== "pong" && this.catchingUp === 0) {
      this.failures = 0;
      this.move("open");
    }
  }

  say(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  lost() {
    this.failures += 1;
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (this.failures - 1)) * (0.5 + Math.random());
    this.move("waiting");
    this.timer = setTimeout(() => this.connect(), pause);
    this.dispatchEvent(new CustomEvent("lost", { detail: this.failures }));
  }

  /** The network is back, or somebody looks at the page again. */
  hurry() {
    if (this.state === "waiting") this.connect();
    else this.say({ type: "ping" });
  }

  keepAlive() {
    if (this.state === "waiting") return;
    const silence = Date.now() - this.heardAt;
    if (silence > SILENCE_MS) {
      const dead = this.socket;
      this.socket = null;
      dead?.close();
      this.lost();
    } else if (silence > PING_MS) this.say({ type: "ping" });
  }

  move(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
