"""The neural backend: Step-Audio-EditX, from reference clip to edited speech."""
