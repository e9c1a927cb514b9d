"""What follows a model's last layer: its norm, and the logits of the words of a reply.

The norms of today's models are of one form, x centred or not: gain * x / rms(x) + shift. Logits and
their slopes along directions are computed in closed form, in float32 on the CPU, wherever and in
whatever precision the model itself runs.
"""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor

from proactive_gym.errors import CheckpointError

_CLOSE = 1e-3
"""Difference up to which a norm is of the known form."""


class Head:
    """Logits of the words of a reply.

    Args:
        norm: Between the last layer and the logits.
        rows: Weights of the logits, (vocabulary, width).
        bias: Their biases, (vocabulary,), or None.
        first: The first token of each word, by part of the reply.
        cap: Logits are bent to stay within it; 0 is none.

    Raises:
        CheckpointError: A norm of another form.
    """

    def __init__(
        self,
        norm: torch.nn.Module,
        rows: Tensor,
        bias: Tensor | None,
        first: Sequence[Tensor],
        cap: float,
    ) -> None:
        own = deepcopy(norm).to("cpu", torch.float32)
        self._eps = float(getattr(norm, "variance_epsilon", getattr(norm, "eps", 0.0)) or 0.0)
        self._cap, self._width = cap, rows.shape[1]
        with torch.no_grad():
            # Of mean 0 and size 1: what the norm makes of it and of its negative is gain and shift.
            probe = torch.ones(self._width)
            probe[1::2] = -1
            ups, downs = own(probe), own(-probe)
            gain = (ups - downs) / 2 * probe * (1 + self._eps) ** 0.5
            shift = (ups + downs) / 2
            same = own(torch.ones(self._width))
            self._centred = bool((same - shift).abs().max() < (same - shift - gain).abs().max())
            self._words, self._shifts = [], []
            for ids in first:
                word = rows.detach()[ids.to(rows.device)].to("cpu", torch.float32)
                extra = 0 if bias is None else bias.detach()[ids.to(bias.device)].cpu().float()
                self._words.append(self._centre(word * gain))
                self._shifts.append(word @ shift + extra)
            self._check(own, gain, shift)

    def logits(self, states: Tensor, part: int) -> Tensor:
        """Logits of the words of a part of the reply, (..., words).

        Args:
            states: Activations after the last layer, (..., width).
            part: 0 timing, 1 autonomy, 2 verbosity, 3 tone.
        """
        here, inverse = self._read(states)
        return self._bent(here @ self._words[part].T * inverse + self._shifts[part])

    def sloped(self, states: Tensor, part: int, directions: Tensor) -> tuple[Tensor, Tensor]:
        """As `logits`, and their change with the states along directions.

        Args:
            states: (..., width).
            part: As above.
            directions: (K, width).

        Returns:
            Logits (..., words), and slopes (..., words, K).
        """
        here, inverse = self._read(states)
        words = self._words[part]
        plain = here @ words.T * inverse
        along = here @ directions.T * (inverse.square() / self._width)
        slope = inverse[..., None] * (words @ directions.T) - plain[..., None] * along[..., None, :]
        logits = self._bent(plain + self._shifts[part])
        if self._cap:
            slope = slope * (1 - (logits / self._cap).square())[..., None]
        return logits, slope

    def _read(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """States, centred where the norm does that, and the inverses of their sizes, (..., 1)."""
        here = self._centre(states.to("cpu", torch.float32))
        return here, (here.square().mean(dim=-1, keepdim=True) + self._eps).rsqrt()

    def _centre(self, rows: Tensor) -> Tensor:
        return rows - rows.mean(dim=-1, keepdim=True) if self._centred else rows

    def _bent(self, logits: Tensor) -> Tensor:
        return self._cap * torch.tanh(logits / self._cap) if self._cap else logits

    def _check(self, norm: torch.nn.Module, gain: Tensor, shift: Tensor) -> None:
        states = torch.randn(4, self._width, generator=torch.Generator().manual_seed(0)) * 3 + 1
        here, inverse = self._read(states)
        if (norm(states) - here * inverse * gain - shift).abs().max() > _CLOSE * gain.abs().max():
            raise CheckpointError(
                f"{type(norm).__name__}, the norm after the last layer, is of a form that is not "
                "known here: another model is needed"
            )
