// Requests besides the WebSocket. A refusal comes back as an Error with the text for the resident.

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("网络不通，请稍后再试");
  }
  const data = await answer.json().catch(() => ({}));
  if (answer.status === 401) location.assign("/");
  if (!answer.ok) throw new Error(data.message ?? "没有成功，请稍后再试");
  return data;
}

export const askGroups = () => ask("/api/chat/groups");
export const askOlder = (chatId, before) => ask(`/api/chat/${chatId}/lines?before=${before}`);
export const askMembers = (chatId) => ask(`/api/chat/${chatId}/members`);
export const uploadPicture = (file) => ask("/api/chat/pictures", { method: "POST", body: file });
export const keepBigText = (big) => ask("/api/chat/settings", {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ big_text: big }),
});
export const pictureUrl = (lineId, pictureId, thumb) =>
  `/api/chat/lines/${lineId}/pictures/${pictureId}${thumb ? "?thumb" : ""}`;
