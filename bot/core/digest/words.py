"""The vocabulary by which names are told from phrases: data, kept apart from the judgement that uses it."""

import re

# words that occur in phrases, not in names: sentences' glue, and what headlines say things do
PHRASE_WORDS = frozenset(
    {
        "about", "adds", "after", "again", "against", "also", "am", "analysis", "announced", "announces", "are",
        "as", "be", "because", "been", "before", "being", "build", "building", "but", "can", "could", "did", "do",
        "does", "explained", "first", "gets", "guide", "had", "has", "have", "her", "here", "his", "how", "if",
        "into", "introduces", "introducing", "is", "it", "its", "just", "latest", "launch", "launched", "launches",
        "less", "look", "make", "making", "might", "more", "most", "must", "my", "new", "not", "now", "off", "only",
        "onto", "our", "out", "over", "overview", "release", "released", "releases", "report", "review", "reviewed",
        "said", "says", "should", "so", "still", "summary", "than", "that", "their", "then", "there", "these",
        "this", "those", "today", "too", "tutorial", "under", "up", "update", "updated", "updates", "us", "use",
        "uses", "using", "versus", "very", "via", "vs", "was", "we", "were", "what", "when", "where", "which",
        "while", "who", "whose", "why", "would", "yet", "you", "your",
    }
)  # fmt: skip
# what stands beside a link to say what kind of page it is; as a whole, not as a part of a name
NOT_NAMES = frozenset(
    {
        "中文", "英文", "日文", "韩文", "韓文", "法文", "德文", "繁体", "繁體", "简体", "簡體", "中英", "中英文",
        "英语", "英語", "视频", "視頻", "影片", "图", "圖", "多图", "组图", "长文", "付费", "付費", "免费", "免費",
        "译文", "譯文",
        "english", "chinese", "japanese", "french", "german", "spanish", "korean", "russian", "englisch", "deutsch",
        "en anglais", "anglais", "inglés", "inglês", "english version", "pdf", "video", "videos", "audio", "podcast",
        "slides", "paywall", "paywalled", "free", "thread", "code", "paper", "demo", "blog", "github", "arxiv", "link",
    }
)  # fmt: skip
# small words that join the parts of a name
LINK_WORDS = frozenset(
    {
        "&", "+", "al", "and", "at", "by", "da", "de", "den", "der", "des", "di", "du", "e", "el", "et", "for",
        "from", "in", "la", "le", "of", "on", "the", "to", "und", "van", "von", "with", "y",
    }
)  # fmt: skip
# what follows a hyphen in names of models and products, and in compounds: never a person's last word
PRODUCT_WORDS = frozenset(
    {
        "agent", "agentic", "agents", "air", "alpha", "api", "art", "audio", "augmented", "aware", "awq", "base",
        "based", "bench", "benchmark", "beta", "bf16", "centric", "chat", "cli", "closed", "cloud", "code", "coder",
        "codex", "coding", "commerce", "computing", "context", "core", "cross", "data", "dataset", "day", "deep",
        "dpo", "driven", "edge", "edit", "end", "engine", "eval", "fast", "few", "first", "flash", "fp16", "fp8",
        "free", "friendly", "full", "gen", "generated", "generation", "gguf", "gpt", "gptq", "grpo", "half", "high",
        "hop", "hour", "ide", "image", "instruct", "int4", "int8", "lab", "labs", "large", "layer", "learning",
        "level", "like", "lingual", "lite", "live", "llm", "llms", "long", "loop", "low", "mail", "max", "medium",
        "micro", "mini", "mlx", "modal", "model", "models", "moe", "multi", "nano", "native", "network", "networks",
        "next", "o1", "o3", "o4", "omni", "one", "only", "open", "os", "parameter", "parameters", "party",
        "platform", "play", "plus", "powered", "preview", "pro", "purpose", "r1", "rc", "ready", "real", "realtime",
        "reasoner", "reasoning", "research", "rl", "rlhf", "scale", "sdk", "search", "self", "sft", "short", "shot",
        "side", "single", "slow", "small", "source", "sourced", "speech", "stack", "style", "styled", "system",
        "systems", "term", "think", "thinking", "three", "time", "tiny", "token", "tokens", "trained", "training",
        "tuned", "tuning", "turbo", "two", "ui", "ultra", "ux", "v", "v1", "v2", "v3", "v4", "video", "vision",
        "vl", "vlm", "voice", "weight", "weights", "world", "x", "xl", "xxl", "y", "year", "z", "zero",
    }
)  # fmt: skip
# what Chinese phrases contain and Chinese names do not
PHRASE_CJK = re.compile(
    "发布|發布|推出|宣布|实现|實現|提升|突破|支持|超越|如何|为何|為何|什么|什麼|怎么|怎麼|怎样|正式|全新|首个|首個|首次|更新|升级|升級|上线|上線|"
    "开源了|带来|帶來|引发|引發|成为|成為|可能|可以|能够|能夠|应该|應該|需要|如此|以及|但是|因为|所以|正在|已经|已經|即将|即將|"
    "影响|影響|挑战|挑戰|趋势|趨勢|未来|未來|变革|變革|革命|时代|時代|之争|之路|指南|教程|实践|實踐|方法|方案|新范式|范式|架构|架構|"
    "合作|协同|協同|协作|協作|融合|驱动|驅動|关系|關係|转换|轉換|交互|互动|生成|推理能力|性能|能力|效率|成本|模型|框架|"
    "一体化|自动化|端到端|论文|評測|评测|综述|盘点|总结|解读|解析|[了吗呢吧啊]$|"
    "^(?:来自|來自|来源|來源|源自|源于|源於|出自|摘自|转自|轉自|选自|選自|引自|译自|譯自|改编自|关于|關於|有关|有關|根据|根據|基于|基於|据|據|通过|通過|除了|为了|為了|围绕|圍繞|写给|寫給|献给|獻給)|^[从從让讓把被将將在对對与與及和或是不更最再也都就要会會能可该該比只又已]"
)
