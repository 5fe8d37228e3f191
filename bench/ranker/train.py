"""Trains the ranker's network on examples of `bench.ranker.cases`.

python -m bench.ranker.train CASES.jsonl ... --hold CASES.jsonl ... --to WEIGHTS.pt

The candidates of a question share one softmax with the answer that there is none, whose score is 0.
The loss is the part that the right ones get, or none where none is right. What is held out is asked
after each round, and steers nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from bench.ranker.network import Network

Question = dict[str, Any]
_CHANCE = random.Random()  # noqa: S311 - nothing is kept secret by it
#: Questions a step, candidates that are read at once, and how fast the network learns: the layers,
#: and the head.
_QUESTIONS, _AT_ONCE = 4, 12
_RATE, _HEAD_RATE = 1e-4, 1e-3
#: How many questions have their right candidates taken away for a round, and how many lose some of
#: the wrong ones, down to so many.
_TAKEN, _THINNED, _WRONG = 0.2, 0.75, 8
_WARM, _LEAST_RATE = 0.06, 0.02
_DECAY = 0.01


def load(paths: list[Path]) -> list[Question]:
    """Questions with at least one candidate."""
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    questions = [json.loads(line) for line in lines]
    for question in questions:
        for each in question["candidates"]:
            each["is_answer"] = each["is_right"] and each["is_there"]
    return questions


def batch(candidates: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """The tensors of some candidates, filled up to the longest."""
    size = (len(candidates), max(len(each["pieces"]) for each in candidates))
    names = ("pieces", "parts", "marked", "seen")
    tensors = {name: torch.zeros(size, dtype=torch.long) for name in names}
    for row, each in enumerate(candidates):
        length = len(each["pieces"])
        tensors["pieces"][row, :length] = torch.tensor(each["pieces"])
        tensors["parts"][row, each["passage"] : length] = 1
        tensors["marked"][row, slice(*each["span"])] = 1
        tensors["seen"][row, :length] = 1
    return tensors | {"signals": torch.tensor([each["signals"] for each in candidates])}


def scores(network: Network, candidates: list[dict[str, Any]]) -> torch.Tensor:
    """The score of each candidate; those of a length are read together."""
    order = sorted(range(len(candidates)), key=lambda n: len(candidates[n]["pieces"]))
    parts = [order[at : at + _AT_ONCE] for at in range(0, len(order), _AT_ONCE)]
    found = torch.cat([network(batch([candidates[n] for n in part])) for part in parts])
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return found[back]


def shown(question: Question) -> list[dict[str, Any]]:
    """The candidates that a question shows in this round."""
    candidates: list[dict[str, Any]] = question["candidates"]
    if any(each["is_answer"] for each in candidates) and _CHANCE.random() < _TAKEN:
        return [each for each in candidates if not each["is_right"]]
    if _CHANCE.random() < _THINNED:
        wrong = [each for each in candidates if not each["is_right"]]
        kept = _CHANCE.sample(wrong, min(_WRONG, len(wrong)))
        return [each for each in candidates if each["is_right"] or each in kept]
    return candidates


def loss_of(network: Network, questions: list[Question]) -> torch.Tensor | None:
    """The mean loss of some questions; None if none shows anything."""
    groups = [group for question in questions if (group := shown(question))]
    if not groups:
        return None
    found = scores(network, [each for group in groups for each in group])
    losses = []
    for group, part in zip(groups, found.split([len(g) for g in groups]), strict=True):
        with_none = torch.cat([part, torch.zeros(1)])
        right = torch.tensor([*(each["is_answer"] for each in group), False])
        right[-1] = not right.any()
        losses.append(with_none.logsumexp(0) - with_none[right].logsumexp(0))
    return torch.stack(losses).mean()


def report(network: Network, questions: list[Question], name: str) -> None:
    """How many values are right where one must be given, and where one in ten may be made up."""
    network.eval()
    asked, unanswerable = [], []
    for question in questions:
        part, best = 0.0, None
        if question["candidates"]:
            with torch.no_grad():
                found = scores(network, question["candidates"])
            shares = torch.cat([found, torch.zeros(1)]).softmax(0).tolist()[:-1]
            of_value: dict[str, float] = {}
            for each, share in zip(question["candidates"], shares, strict=True):
                of_value[each["key"]] = of_value.get(each["key"], 0.0) + share
            best, part = max(of_value.items(), key=lambda item: item[1])
        is_right = any(e["is_answer"] for e in question["candidates"] if e["key"] == best)
        if question["is_answerable"]:
            asked.append((part, is_right))
        else:
            unanswerable.append(part)
    network.train()
    least = sorted(unanswerable, reverse=True)[len(unanswerable) // 10] if unanswerable else 0.0
    given = [is_right for part, is_right in asked if part > least]
    rules = [q["rules"] for q in questions if q["is_answerable"]]
    print(
        f"{name}: of {len(asked)}: must answer {sum(r for _, r in asked)}; "
        f"may be null {sum(given)} of {len(given)} given; "
        f"rules {sum(r['is_right'] for r in rules)} of {sum(not r['is_null'] for r in rules)}",
        flush=True,
    )


def train(
    network: Network, questions: list[Question], held: list[Question], rounds: int, to: Path
) -> None:
    """Train, with a copy of the weights after each round."""
    questions = [question for question in questions if question["candidates"]]
    layers: list[Any] = []
    head: list[Any] = []
    for name, each in network.named_parameters():
        if each.requires_grad:
            (layers if name.startswith(("layers", "norm")) else head).append(each)
    groups = [{"params": layers, "lr": _RATE}, {"params": head, "lr": _HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=_DECAY)
    steps = rounds * math.ceil(len(questions) / _QUESTIONS)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1.0, (step + 1) / (_WARM * steps)) * max(_LEAST_RATE, 1 - step / steps),
    )
    begun, step = time.monotonic(), 0
    for number in range(1, rounds + 1):
        _CHANCE.shuffle(questions)
        total = 0.0
        for at in range(0, len(questions), _QUESTIONS):
            loss = loss_of(network, questions[at : at + _QUESTIONS])
            step += 1
            if loss is None:
                continue
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
            if step % 50 == 0:
                seconds = time.monotonic() - begun
                mean = total / (at // _QUESTIONS + 1)
                print(f"step {step} of {steps}: loss {mean:.3f}, {seconds:.0f} s", flush=True)
        torch.save(network.state_dict(), to.with_suffix(f".{number}.pt"))
        report(network, held, f"round {number}, held out")
    torch.save(network.state_dict(), to)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Train the ranker.")
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--hold", nargs="*", type=Path, default=[])
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    _CHANCE.seed(options.seed)
    questions = load(options.cases)
    network = Network(len(questions[0]["candidates"][0]["signals"]))
    if options.start:
        network.load_state_dict(torch.load(options.start))
    train(network, questions, load(options.hold), options.rounds, options.to)


if __name__ == "__main__":
    main(sys.argv[1:])
